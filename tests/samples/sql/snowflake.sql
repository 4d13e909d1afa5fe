-- influencers
SELECT
  "t0"."INFLUENCER_ID" AS "influencer_id",
  "t0"."PLATFORM" AS "platform",
  "t0"."HANDLE" AS "handle",
  "t0"."CREATED_AT" AS "created_at",
  "t0"."KNOWN_AT" AS "known_at"
FROM "INFLUENCERS" AS "t0";

-- posts
SELECT
  "t0"."POST_ID" AS "post_id",
  "t0"."AUTHOR_ID" AS "author_id",
  "t0"."CREATED_AT" AS "created_at",
  "t0"."TEXT" AS "text",
  "t0"."LANGUAGE" AS "language",
  "t0"."REPLY_TO_ID" AS "reply_to_id",
  "t0"."SHARES_ID" AS "shares_id",
  "t0"."LINKS" AS "links",
  "t0"."FORMAT" AS "format",
  "t0"."KNOWN_AT" AS "known_at"
FROM "POSTS" AS "t0";

-- audience
SELECT
  "t0"."INFLUENCER_ID" AS "influencer_id",
  "t0"."OBSERVED_AT" AS "observed_at",
  "t0"."FOLLOWERS" AS "followers",
  "t0"."FOLLOWING" AS "following",
  "t0"."POSTS_COUNT" AS "posts_count",
  "t0"."ENGAGEMENT_RATE" AS "engagement_rate",
  "t0"."AVERAGE_VIEWS" AS "average_views",
  "t0"."AVERAGE_LIKES" AS "average_likes",
  "t0"."AVERAGE_COMMENTS" AS "average_comments",
  "t0"."REAL_SHARE" AS "real_share",
  "t0"."VERIFIED" AS "verified",
  "t0"."COUNTRY_SHARE" AS "country_share",
  "t0"."KNOWN_AT" AS "known_at"
FROM "AUDIENCE" AS "t0";

-- post_metrics
SELECT
  "t0"."POST_ID" AS "post_id",
  "t0"."OBSERVED_AT" AS "observed_at",
  "t0"."VIEWS" AS "views",
  "t0"."REACH" AS "reach",
  "t0"."IMPRESSIONS" AS "impressions",
  "t0"."LIKES" AS "likes",
  "t0"."COMMENTS" AS "comments",
  "t0"."SHARES" AS "shares",
  "t0"."SAVES" AS "saves",
  "t0"."CLICKS" AS "clicks",
  "t0"."FOLLOWS" AS "follows",
  "t0"."KNOWN_AT" AS "known_at"
FROM "POST_METRICS" AS "t0";

-- signals
SELECT
  "t0"."INFLUENCER_ID" AS "influencer_id",
  "t0"."OBSERVED_AT" AS "observed_at",
  "t0"."KNOWN_AT" AS "known_at",
  "t0"."CONVERSATION_BOUNTY" AS "conversation_bounty",
  "t0"."CONVERSION_BOUNTY" AS "conversion_bounty",
  "t0"."FREQUENCY_BOUNTY" AS "frequency_bounty",
  "t0"."MOMENTUM_BOUNTY" AS "momentum_bounty",
  "t0"."REFERENCES_BOUNTY" AS "references_bounty",
  "t0"."RELEVANCE_BOUNTY" AS "relevance_bounty",
  "t0"."REPUTATION_BOUNTY" AS "reputation_bounty"
FROM "SIGNALS" AS "t0";

-- mentions
SELECT
  "t0"."REFERRER_ID" AS "referrer_id",
  "t0"."INFLUENCER_ID" AS "influencer_id",
  "t0"."KIND" AS "kind",
  "t0"."CREATED_AT" AS "created_at",
  "t0"."POST_ID" AS "post_id",
  "t0"."KNOWN_AT" AS "known_at"
FROM "MENTIONS" AS "t0";

-- audience_members
SELECT
  "t0"."INFLUENCER_ID" AS "influencer_id",
  "t0"."MEMBER_ID" AS "member_id",
  "t0"."OBSERVED_AT" AS "observed_at",
  "t0"."KNOWN_AT" AS "known_at"
FROM "AUDIENCE_MEMBERS" AS "t0";

-- credentials
SELECT
  "t0"."INFLUENCER_ID" AS "influencer_id",
  "t0"."KIND" AS "kind",
  "t0"."SUBJECT" AS "subject",
  "t0"."AWARDED_AT" AS "awarded_at",
  "t0"."VERIFIED" AS "verified",
  "t0"."KNOWN_AT" AS "known_at"
FROM "CREDENTIALS" AS "t0";

-- campaigns
SELECT
  "t0"."CAMPAIGN_ID" AS "campaign_id",
  "t0"."BRAND" AS "brand",
  "t0"."CATEGORY" AS "category",
  "t0"."BRIEF" AS "brief",
  "t0"."GOAL" AS "goal",
  "t0"."COUNTRY" AS "country",
  "t0"."STARTS_AT" AS "starts_at",
  "t0"."ENDS_AT" AS "ends_at",
  "t0"."KNOWN_AT" AS "known_at"
FROM "CAMPAIGNS" AS "t0";

-- candidates
SELECT
  "t0"."CAMPAIGN_ID" AS "campaign_id",
  "t0"."INFLUENCER_ID" AS "influencer_id",
  "t0"."DECIDED_AT" AS "decided_at",
  "t0"."EXPOSURE" AS "exposure",
  "t0"."FEE" AS "fee",
  "t0"."DISCOUNT" AS "discount",
  "t0"."CURRENCY" AS "currency",
  "t0"."KNOWN_AT" AS "known_at",
  "t0"."OFFER_BOUNTY" AS "offer_bounty"
FROM "CANDIDATES" AS "t0";

-- outcomes
SELECT
  "t0"."CAMPAIGN_ID" AS "campaign_id",
  "t0"."INFLUENCER_ID" AS "influencer_id",
  "t0"."DECIDED_AT" AS "decided_at",
  "t0"."EXPOSURE" AS "exposure",
  "t0"."FEE" AS "fee",
  "t0"."DISCOUNT" AS "discount",
  "t0"."CURRENCY" AS "currency",
  "t0"."CONVERSIONS" AS "conversions",
  "t0"."REVENUE" AS "revenue",
  "t0"."REFUNDS" AS "refunds",
  "t0"."CLICKS" AS "clicks",
  "t0"."DELIVERED_EXPOSURE" AS "delivered_exposure",
  "t0"."KNOWN_AT" AS "known_at",
  "t0"."OFFER_BOUNTY" AS "offer_bounty"
FROM "OUTCOMES" AS "t0";

-- orders
SELECT
  "t0"."ORDER_ID" AS "order_id",
  "t0"."ORDER_REF" AS "order_ref",
  "t0"."REPORTER" AS "reporter",
  "t0"."CREATED_AT" AS "created_at",
  "t0"."CURRENCY" AS "currency",
  "t0"."AMOUNT" AS "amount",
  "t0"."OTHER_REFS" AS "other_refs",
  "t0"."IS_PAID" AS "is_paid",
  "t0"."IS_TEST" AS "is_test",
  "t0"."CODES" AS "codes",
  "t0"."LANDING" AS "landing",
  "t0"."REFERRER" AS "referrer",
  "t0"."UTM_SOURCE" AS "utm_source",
  "t0"."UTM_MEDIUM" AS "utm_medium",
  "t0"."UTM_CAMPAIGN" AS "utm_campaign",
  "t0"."UTM_CONTENT" AS "utm_content",
  "t0"."PARTNER_ID" AS "partner_id",
  "t0"."CLICK_REF" AS "click_ref",
  "t0"."CLICKED_AT" AS "clicked_at",
  "t0"."IS_NEW" AS "is_new",
  "t0"."KNOWN_AT" AS "known_at"
FROM "ORDERS" AS "t0";

-- refunds
SELECT
  "t0"."REFUND_ID" AS "refund_id",
  "t0"."ORDER_ID" AS "order_id",
  "t0"."CREATED_AT" AS "created_at",
  "t0"."AMOUNT" AS "amount",
  "t0"."IS_TOTAL" AS "is_total",
  "t0"."IS_ADDED" AS "is_added",
  "t0"."KNOWN_AT" AS "known_at"
FROM "REFUNDS" AS "t0";

-- codes
SELECT
  "t0"."CAMPAIGN_ID" AS "campaign_id",
  "t0"."INFLUENCER_ID" AS "influencer_id",
  "t0"."KIND" AS "kind",
  "t0"."VALUE" AS "value",
  "t0"."POSTED_AT" AS "posted_at",
  "t0"."KNOWN_AT" AS "known_at"
FROM "CODES" AS "t0";

-- people
SELECT
  "t0"."ACCOUNT_ID" AS "account_id",
  "t0"."INFLUENCER_ID" AS "influencer_id",
  "t0"."IS_SAME" AS "is_same",
  "t0"."HOW" AS "how",
  "t0"."SINCE" AS "since",
  "t0"."KNOWN_AT" AS "known_at"
FROM "PEOPLE" AS "t0";
