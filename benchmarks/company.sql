-- A made-up company with %(leads)s leads, five touches each: the same at every run.
-- Written past the triggers, as history that was imported; company.check holds leads against their history.
SET LOCAL session_replication_role = replica;
SET LOCAL work_mem = '128MB';

-- A number from 0 to n - 1 that looks random.
CREATE FUNCTION pg_temp.pick(i bigint, salt bigint, n bigint) RETURNS bigint LANGUAGE sql IMMUTABLE
    AS 'SELECT abs(mod(hashint8extended(i, salt), n))';

-- One of some texts: the first half the time, each further one half as often as the one before it.
CREATE FUNCTION pg_temp.one_of(i bigint, salt bigint, texts text[]) RETURNS text LANGUAGE sql IMMUTABLE
    AS 'SELECT texts[least(cardinality(texts), 1 + floor(-ln((1 + pg_temp.pick(i, salt, 100000)) / 100001::float8) / ln(2::float8))::int)]';

INSERT INTO leads_account (id, name, key, domain, industry, employees, country, created_at)
SELECT i, 'Company ' || i, 'company ' || i, 'company' || i || '.example',
    pg_temp.one_of(i, 30, '{Logistics,Food,Steel,Energy,Retail,Health,Mining}'), 5 + pg_temp.pick(i, 1, 500),
    pg_temp.one_of(i, 31, '{Netherlands,Germany,Belgium,France,Spain,Italy,Poland,Peru}'), '2024-06-01'
FROM generate_series(1, %(accounts)s) i;

INSERT INTO leads_cost (campaign_id, starts_on, ends_on, amount, currency, ordinal)
SELECT c.id, month, (month + interval '1 month')::date - 1, 400 + pg_temp.pick(c.id, 2, 900), 'EUR', 1
FROM leads_campaign c, generate_series(timestamp '2024-06-01', '2025-07-01', '1 month') month;

-- How far a lead came and how it left the road, by hundredths.
CREATE TEMP TABLE fate (lowest, highest, reached, stage, standing, left_by) ON COMMIT DROP AS VALUES
    (0, 49, 0, 'visitor', 'active', NULL),
    (50, 57, 1, 'visitor', 'nurturing', 'reject'),
    (58, 59, 1, 'mql', 'disqualified', 'disqualify'),
    (60, 73, 1, 'mql', 'active', NULL),
    (74, 81, 2, 'sal', 'active', NULL),
    (82, 88, 3, 'sql', 'active', NULL),
    (89, 91, 3, 'sql', 'lost', 'lose'),
    (92, 99, 4, 'customer', 'won', NULL);

CREATE TEMP TABLE person ON COMMIT DROP AS
WITH drawn AS (
    SELECT i, timestamptz '2024-06-01 08:00Z' + i * interval '400 days' / %(leads)s AS visitor_at, f.*,
        1 + mod(i, %(accounts)s) AS account_id, 1 + pg_temp.pick(i, 3, %(campaigns)s) AS campaign_id,
        CASE WHEN f.reached > 0 AND (f.left_by IS NOT NULL OR f.reached > 1 OR pg_temp.pick(i, 4, 30) > 0)
            THEN (%(reps)s::bigint[])[1 + pg_temp.pick(i, 5, cardinality(%(reps)s::bigint[]))] END AS owner_id
    FROM generate_series(1, %(leads)s) i JOIN fate f ON pg_temp.pick(i, 6, 100) BETWEEN f.lowest AND f.highest
),
qualified AS (
    SELECT *, CASE WHEN reached > 0
        THEN visitor_at + (1 + pg_temp.pick(i, 7, 480)) * interval '1 hour' END AS mql_at FROM drawn
),
accepted AS (
    SELECT *, CASE WHEN reached > 1
        THEN mql_at + (5 + pg_temp.pick(i, 8, 4000)) * interval '1 minute' END AS sal_at FROM qualified
),
advanced AS (
    SELECT *, CASE WHEN reached > 2
        THEN sal_at + (1 + pg_temp.pick(i, 9, 240)) * interval '1 hour' END AS sql_at FROM accepted
)
SELECT *, CASE WHEN reached > 3 THEN sql_at + (100 + pg_temp.pick(i, 10, 600)) * interval '1 hour' END AS customer_at,
    CASE WHEN left_by IS NOT NULL
        THEN greatest(mql_at, sql_at) + (9 + pg_temp.pick(i, 11, 200)) * interval '1 hour' END AS left_at
FROM advanced;

INSERT INTO leads_lead (id, email, email_norm, first_name, last_name, name_key, phone, phone_norm, job_title,
    buying_role, country, consent, account_id, campaign_id, channel_id, medium, content, owner_id, stage, standing,
    highest_stage, stage_since, born_at, visitor_at, mql_at, sal_at, sql_at, customer_at, returned_at, created_at,
    worked_at, custom, batch_id, version)
SELECT i, mail, mail, first, 'Byron ' || i, lower(first) || ' byron ' || i, phone, phone, 'Head of logistics', '',
    pg_temp.one_of(account_id, 31, '{Netherlands,Germany,Belgium,France,Spain,Italy,Poland,Peru}'),
    pg_temp.one_of(i, 32, ARRAY['', 'granted', 'opted_out']), account_id, campaign_id, c.channel_id,
    pg_temp.one_of(i, 33, '{cpc,newsletter,referral,organic,podcast}'),
    pg_temp.one_of(i, 34, ARRAY['', 'ebook', 'pricing', 'webinar']), owner_id, stage, standing,
    (ARRAY['visitor', 'mql', 'sal', 'sql', 'customer'])[reached + 1],
    greatest(visitor_at, mql_at, sal_at, sql_at, customer_at, left_at), visitor_at, visitor_at, mql_at, sal_at,
    sql_at, customer_at, left_at, visitor_at, sal_at + interval '80 minutes',
    CASE WHEN pg_temp.pick(i, 35, 5) = 0 THEN jsonb_build_object('budget', pg_temp.pick(i, 36, 100000)) ELSE '{}' END,
    b.id, 1
FROM person JOIN leads_campaign c ON c.id = campaign_id, leads_importbatch b,
    LATERAL (SELECT 'person' || i || '@company' || account_id || '.example' AS mail, '+1' || 2000000000 + i AS phone,
        (ARRAY['Ada', 'Ben', 'Chen', 'Dora', 'Emil', 'Fay', 'Gus', 'Hana'])[1 + mod(i, 8)] AS first) f
ORDER BY i;

INSERT INTO leads_stagechange (lead_id, kind, move, to_stage, to_standing, at, recorded_at, reason, owner_id, batch_id)
SELECT i, 'historic', move, to_stage, to_standing, at, at, '', owner_id, b.id
FROM person, leads_importbatch b, LATERAL (VALUES
    ('reach', 'visitor', 'active', visitor_at),
    ('reach', 'mql', 'active', mql_at),
    ('reach', 'sal', 'active', sal_at),
    ('reach', 'sql', 'active', sql_at),
    ('reach', 'customer', 'won', customer_at),
    (left_by, stage, standing, left_at)) h (move, to_stage, to_standing, at)
WHERE at IS NOT NULL ORDER BY at;

INSERT INTO leads_assignment (lead_id, owner_id, at, recorded_at, rule, candidates)
SELECT i, owner_id, mql_at, mql_at, 'round_robin', '[]' FROM person WHERE owner_id IS NOT NULL;

INSERT INTO leads_handover (lead_id, entry_id, rep_id, opened_at, recorded_at, ended_at, ending, cause)
SELECT i, h.id, p.owner_id, mql_at, mql_at, coalesce(sal_at, left_at),
    CASE WHEN reached > 1 THEN 'accepted' ELSE coalesce(
        CASE left_by WHEN 'reject' THEN 'rejected' WHEN 'disqualify' THEN 'withdrawn' END, '') END, ''
FROM person p JOIN leads_stagechange h ON h.lead_id = i AND h.move = 'reach' AND h.to_stage = 'mql'
WHERE p.owner_id IS NOT NULL;

INSERT INTO leads_suppression (kind, value, reason, lead_id, created_at)
SELECT 'lead', i::text, 'competitor', i, left_at FROM person WHERE left_by = 'disqualify';

INSERT INTO leads_touch (lead_id, at, recorded_at, kind, team, is_origin, campaign_id, channel_id, medium, content,
    url, source, batch_id)
SELECT i, at, at, (ARRAY['origin', 'visit', 'download', 'email_click', 'webinar'])[n + 1], 'marketing', n = 0, c.id,
    c.channel_id, 'cpc', '', '', '', b.id
FROM person p, generate_series(0, 4) n, leads_importbatch b,
    LATERAL (SELECT visitor_at + n * (7 + pg_temp.pick(i, 12, 60)) * interval '1 hour' AS at,
        CASE n WHEN 0 THEN p.campaign_id ELSE 1 + pg_temp.pick(i, 12 + n, %(campaigns)s) END AS campaign) t
    JOIN leads_campaign c ON c.id = campaign
ORDER BY at;

INSERT INTO leads_lasttouch (lead_id, at) SELECT lead_id, max(at) FROM leads_touch GROUP BY lead_id ORDER BY lead_id;

INSERT INTO leads_activity (lead_id, by_id, kind, outcome, connected, at, recorded_at)
SELECT i, owner_id, 'call', CASE n WHEN 1 THEN 'voicemail' ELSE 'spoke' END, n = 2, sal_at + n * interval '40 minutes',
    sal_at + n * interval '40 minutes'
FROM person, generate_series(1, 2) n WHERE reached > 1;

INSERT INTO leads_deal (account_id, contact_id, source, name, amount, currency, opened_at, outcome, closed_at,
    lost_reason, recorded_at, close_recorded_at)
SELECT account_id, i, '', 'Fleet ' || i, 1000 + pg_temp.pick(i, 20, 4900000) / 100.0, 'EUR', sql_at,
    CASE standing WHEN 'active' THEN 'open' ELSE standing END, coalesce(customer_at, left_at), '', sql_at,
    coalesce(customer_at, left_at)
FROM person WHERE reached > 2;

-- A third of the deals has a second contact.
INSERT INTO leads_dealcontact (deal_id, lead_id, role)
SELECT id, contact_id + 1, '' FROM leads_deal
WHERE pg_temp.pick(contact_id, 21, 3) = 0 AND contact_id < %(leads)s;

INSERT INTO leads_refund (deal_id, at, recorded_at, amount)
SELECT id, closed_at + interval '9 days', closed_at + interval '9 days', 50.5 FROM leads_deal
WHERE outcome = 'won' AND pg_temp.pick(contact_id, 22, 50) = 0;

SELECT setval(pg_get_serial_sequence('leads_lead', 'id'), %(leads)s),
    setval(pg_get_serial_sequence('leads_account', 'id'), %(accounts)s);
