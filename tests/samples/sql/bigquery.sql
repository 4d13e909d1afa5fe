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
  `t0`.`known_at`
FROM `posts` AS `t0`;

-- audience
SELECT
  `t0`.`influencer_id`,
  `t0`.`observed_at`,
  `t0`.`followers`,
  `t0`.`following`,
  `t0`.`known_at`
FROM `audience` AS `t0`;

-- mentions
SELECT
  `t0`.`referrer_id`,
  `t0`.`influencer_id`,
  `t0`.`kind`,
  `t0`.`created_at`,
  `t0`.`post_id`,
  `t0`.`known_at`
FROM `mentions` AS `t0`;

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
  `t0`.`conversions`,
  `t0`.`revenue`,
  `t0`.`refunds`,
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
