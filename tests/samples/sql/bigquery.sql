-- influencers
SELECT
  `t0`.`influencer_id`,
  `t0`.`platform`,
  `t0`.`handle`,
  `t0`.`created_at`,
  `t0`.`known_at`
FROM `influencers` AS `t0`;

-- posts
SELECT
  `t0`.`post_id`,
  `t0`.`author_id`,
  `t0`.`created_at`,
  `t0`.`text`,
  `t0`.`language`,
  `t0`.`reply_to_id`,
  `t0`.`shares_id`,
  `t0`.`links`,
  `t0`.`format`,
  `t0`.`known_at`
FROM `posts` AS `t0`;

-- audience
SELECT
  `t0`.`influencer_id`,
  `t0`.`observed_at`,
  `t0`.`followers`,
  `t0`.`following`,
  `t0`.`posts_count`,
  `t0`.`engagement_rate`,
  `t0`.`average_views`,
  `t0`.`average_likes`,
  `t0`.`average_comments`,
  `t0`.`real_share`,
  `t0`.`verified`,
  `t0`.`country_share`,
  `t0`.`known_at`
FROM `audience` AS `t0`;

-- post_metrics
SELECT
  `t0`.`post_id`,
  `t0`.`observed_at`,
  `t0`.`views`,
  `t0`.`reach`,
  `t0`.`impressions`,
  `t0`.`likes`,
  `t0`.`comments`,
  `t0`.`shares`,
  `t0`.`saves`,
  `t0`.`clicks`,
  `t0`.`follows`,
  `t0`.`known_at`
FROM `post_metrics` AS `t0`;

-- signals
SELECT
  `t0`.`influencer_id`,
  `t0`.`observed_at`,
  `t0`.`known_at`,
  `t0`.`conversation_bounty`,
  `t0`.`conversion_bounty`,
  `t0`.`frequency_bounty`,
  `t0`.`momentum_bounty`,
  `t0`.`references_bounty`,
  `t0`.`relevance_bounty`,
  `t0`.`reputation_bounty`
FROM `signals` AS `t0`;

-- mentions
SELECT
  `t0`.`referrer_id`,
  `t0`.`influencer_id`,
  `t0`.`kind`,
  `t0`.`created_at`,
  `t0`.`post_id`,
  `t0`.`known_at`
FROM `mentions` AS `t0`;

-- audience_members
SELECT
  `t0`.`influencer_id`,
  `t0`.`member_id`,
  `t0`.`observed_at`,
  `t0`.`known_at`
FROM `audience_members` AS `t0`;

-- credentials
SELECT
  `t0`.`influencer_id`,
  `t0`.`kind`,
  `t0`.`subject`,
  `t0`.`awarded_at`,
  `t0`.`verified`,
  `t0`.`known_at`
FROM `credentials` AS `t0`;

-- campaigns
SELECT
  `t0`.`campaign_id`,
  `t0`.`brand`,
  `t0`.`category`,
  `t0`.`brief`,
  `t0`.`goal`,
  `t0`.`country`,
  `t0`.`starts_at`,
  `t0`.`ends_at`,
  `t0`.`known_at`
FROM `campaigns` AS `t0`;

-- candidates
SELECT
  `t0`.`campaign_id`,
  `t0`.`influencer_id`,
  `t0`.`decided_at`,
  `t0`.`exposure`,
  `t0`.`fee`,
  `t0`.`discount`,
  `t0`.`currency`,
  `t0`.`known_at`,
  `t0`.`offer_bounty`
FROM `candidates` AS `t0`;

-- outcomes
SELECT
  `t0`.`campaign_id`,
  `t0`.`influencer_id`,
  `t0`.`decided_at`,
  `t0`.`exposure`,
  `t0`.`fee`,
  `t0`.`discount`,
  `t0`.`currency`,
  `t0`.`conversions`,
  `t0`.`revenue`,
  `t0`.`refunds`,
  `t0`.`clicks`,
  `t0`.`delivered_exposure`,
  `t0`.`known_at`,
  `t0`.`offer_bounty`
FROM `outcomes` AS `t0`;

-- orders
SELECT
  `t0`.`order_id`,
  `t0`.`order_ref`,
  `t0`.`reporter`,
  `t0`.`created_at`,
  `t0`.`currency`,
  `t0`.`amount`,
  `t0`.`other_refs`,
  `t0`.`is_paid`,
  `t0`.`is_test`,
  `t0`.`codes`,
  `t0`.`landing`,
  `t0`.`referrer`,
  `t0`.`utm_source`,
  `t0`.`utm_medium`,
  `t0`.`utm_campaign`,
  `t0`.`utm_content`,
  `t0`.`partner_id`,
  `t0`.`click_ref`,
  `t0`.`clicked_at`,
  `t0`.`is_new`,
  `t0`.`known_at`
FROM `orders` AS `t0`;

-- refunds
SELECT
  `t0`.`refund_id`,
  `t0`.`order_id`,
  `t0`.`created_at`,
  `t0`.`amount`,
  `t0`.`is_total`,
  `t0`.`is_added`,
  `t0`.`known_at`
FROM `refunds` AS `t0`;

-- codes
SELECT
  `t0`.`campaign_id`,
  `t0`.`influencer_id`,
  `t0`.`kind`,
  `t0`.`value`,
  `t0`.`posted_at`,
  `t0`.`known_at`
FROM `codes` AS `t0`;

-- people
SELECT
  `t0`.`account_id`,
  `t0`.`influencer_id`,
  `t0`.`is_same`,
  `t0`.`how`,
  `t0`.`since`,
  `t0`.`known_at`
FROM `people` AS `t0`;
