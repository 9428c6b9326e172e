-- Rows as this version of the program writes them, in the tables and columns that are new with it.

INSERT INTO api_key (name, hint, hash, scopes, bakery_id, feedstock_id, created_at, expires_at, revoked_at, last_used_at)
SELECT 'reads the logs of one feedstock', 'pfo_logs0', '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08', 'logs', NULL, feedstock.id,
       '2026-01-03T00:00:00+00:00', '2027-01-03T00:00:00+00:00', NULL, '2026-01-03T00:05:00+00:00'
FROM feedstock;
INSERT INTO api_key (name, hint, hash, scopes, bakery_id, feedstock_id, created_at, expires_at, revoked_at, last_used_at) VALUES
    ('everything', 'pfo_ever1', '60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752', 'admin runs', NULL, NULL,
     '2026-01-03T00:00:00+00:00', NULL, '2026-01-03T00:10:00+00:00', NULL);

INSERT INTO log_access (at, api_key, recipe_run_id, source) VALUES ('2026-01-03T00:05:00+00:00', 'reads the logs of one feedstock', 1, 'actions');

INSERT INTO run_event (recipe_run_id, at, kind, reason, cause)
SELECT id, '2026-01-03T00:01:00+00:00', 'queued', 'Pull request #9 brings its recipe, at 0123456', '0f9b2c1e-0000-4000-8000-000000000001' FROM recipe_run;

UPDATE job SET cause = '0f9b2c1e-0000-4000-8000-000000000001';
