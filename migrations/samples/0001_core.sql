-- Rows as this version of the program writes them, for the test that takes them through every later migration on both databases.
-- No ids are given, since both databases count by themselves.

INSERT INTO delivery (id, event, body, received_at, interpreted_at, interpreter, note) VALUES
    ('0f9b2c1e-0000-4000-8000-000000000001', 'pull_request', '{"action": "opened"}', '2026-01-01T00:00:00+00:00', '2026-01-01T00:00:01+00:00', 1, 'a new head commit'),
    ('0f9b2c1e-0000-4000-8000-000000000002', 'ping', '{"zen": "Keep it logically awesome."}', '2026-01-01T00:00:02.5+00:00', NULL, NULL, NULL);

INSERT INTO job (kind, payload, lane, dedup_key, state, attempt, epoch, run_at, lease_until, last_error, created_at, finished_at) VALUES
    ('interpret_delivery', '{"kind": "interpret_delivery", "delivery": "0f9b2c1e-0000-4000-8000-000000000001"}', NULL,
     'interpret_delivery/0f9b2c1e-0000-4000-8000-000000000001', 'done', 1, 1, '2026-01-01T00:00:00+00:00', NULL, NULL, '2026-01-01T00:00:00+00:00', '2026-01-01T00:00:01+00:00'),
    ('synchronize', '{"kind": "synchronize", "pull_request": {"repository": "pangeo-forge/staged-recipes", "number": 7, "installation": 2001}}', 'pangeo-forge/staged-recipes#7',
     'synchronize/pangeo-forge/staged-recipes#7', 'ready', 2, 2, '2026-01-01T00:05:00+00:00', NULL, 'GitHub GET /repos/{owner}/{repo}/pulls/{pull_number}: 502', '2026-01-01T00:00:01+00:00', NULL),
    ('dispatch_workflow', '{"kind": "dispatch_workflow", "workflow_run": 1}', 'dispatch/1',
     'dispatch_workflow/1', 'running', 1, 1, '2026-01-01T00:02:00+00:00', '2026-01-01T00:03:30+00:00', NULL, '2026-01-01T00:02:00+00:00', NULL),
    ('publish_report', '{"kind": "publish_report", "report": 1}', 'report/1',
     'publish_report/1', 'dead', 12, 12, '2026-01-01T05:00:00+00:00', NULL, 'no answer in 12 s', '2026-01-01T00:00:01+00:00', '2026-01-01T05:00:12+00:00');

INSERT INTO bakery (region, name, description) VALUES ('us-central1', 'pangeo-ldeo-nsf-earthcube', 'Google Cloud Dataflow');

INSERT INTO feedstock (spec, provider) VALUES ('pangeo-forge/staged-recipes', 'github');

INSERT INTO pull_request_head (feedstock_id, number, sha, seen_at, shown_at) VALUES
    ((SELECT id FROM feedstock WHERE spec = 'pangeo-forge/staged-recipes'), 7, '0123456789abcdef0123456789abcdef01234567', '2026-01-01T00:00:01+00:00', '2026-01-01T00:00:02+00:00');

INSERT INTO recipe_run (recipe_id, bakery_id, feedstock_id, head_sha, version, started_at, completed_at, conclusion, status, is_test,
                        dataset_type, dataset_public_url, message, pull_request, feedstock_subdir)
SELECT 'done', bakery.id, feedstock.id, '0123456789abcdef0123456789abcdef01234567', '', '2026-01-01T00:01:00+00:00', '2026-01-01T00:09:00+00:00', 'success', 'completed', TRUE,
       'zarr', 'https://data.example.org/done.zarr', NULL, 7, 'recipes/seven'
FROM bakery, feedstock;
INSERT INTO recipe_run (recipe_id, bakery_id, feedstock_id, head_sha, version, started_at, status, is_test, dataset_type, pull_request, feedstock_subdir)
SELECT 'waits', bakery.id, feedstock.id, '0123456789abcdef0123456789abcdef01234567', '', '2026-01-01T00:01:00+00:00', 'queued', TRUE, 'zarr', 7, 'recipes/seven'
FROM bakery, feedstock;
INSERT INTO recipe_run (recipe_id, bakery_id, feedstock_id, head_sha, version, started_at, status, is_test, dataset_type, message)
SELECT 'production', bakery.id, feedstock.id, '76543210fedcba9876543210fedcba9876543210', '1.0', '2026-01-01T00:01:00+00:00', 'in_progress', FALSE, 'zarr',
       '{"job_name": "pf-pangeo-forge-3-1", "job_id": "2026-01-01_00_01_00-1"}'
FROM bakery, feedstock;

INSERT INTO workflow_run (dispatch_id, feedstock_id, pull_request, recipe_run_id, installation, request, context, state, looks, attempted_at,
                          github_id, html_url, created_at, dispatched_at, running_at, checked_at, concluded_at, outcome)
SELECT 'pfo-0001', feedstock.id, 7, recipe_run.id, 2001,
       '{"dispatch_id": "pfo-0001", "command": "bake", "repository": "pangeo-forge/staged-recipes", "git_ref": "refs/pull/7/head", "sha": "0123456789abcdef0123456789abcdef01234567", "feedstock_subdir": "recipes/seven", "recipe_id": "done", "bakery": "pangeo-ldeo-nsf-earthcube", "deployment": "pangeo-forge", "job_name": "pf-pangeo-forge-1-1", "subpath": "done.zarr", "prune": true}',
       '{"for": "test", "requested_by": "maintainer"}', 'concluded', 0, '2026-01-01T00:01:00+00:00', 9001, 'https://github.com/pangeo-forge/pangeo-forge-orchestrator/actions/runs/9001',
       '2026-01-01T00:01:00+00:00', '2026-01-01T00:01:01+00:00', '2026-01-01T00:02:00+00:00', '2026-01-01T00:02:00+00:00', '2026-01-01T00:09:00+00:00',
       '{"schema": "pangeo-forge-outcome/1", "dispatch_id": "pfo-0001", "sha": "0123456789abcdef0123456789abcdef01234567", "seconds": 400.5, "result": {"kind": "baked", "recipe_id": "done", "stores": [{"path": "done.zarr", "dataset_type": "zarr"}]}}'
FROM feedstock, recipe_run WHERE recipe_run.recipe_id = 'done';
INSERT INTO workflow_run (dispatch_id, feedstock_id, pull_request, installation, request, context, state, looks, created_at)
SELECT 'pfo-0002', feedstock.id, 7, 2001,
       '{"dispatch_id": "pfo-0002", "command": "expand-meta", "repository": "pangeo-forge/staged-recipes", "git_ref": "refs/pull/7/head", "sha": "0123456789abcdef0123456789abcdef01234567", "feedstock_subdir": "recipes/seven", "recipe_id": "", "bakery": "", "deployment": "pangeo-forge", "job_name": "", "subpath": "", "prune": false}',
       '{"for": "synchronize", "bakery": "pangeo-ldeo-nsf-earthcube"}', 'pending', 0, '2026-01-01T00:00:02+00:00'
FROM feedstock;

INSERT INTO report (key, slot, repository, installation, content, version, published_version, attempted_at, github_id, undeliverable, updated_at) VALUES
    ('synchronize/pangeo-forge/staged-recipes/0123456789abcdef0123456789abcdef01234567', NULL, 'pangeo-forge/staged-recipes', 2001,
     '{"show": "check_run", "name": "synchronize", "head_sha": "0123456789abcdef0123456789abcdef01234567", "status": "completed", "conclusion": "success", "started_at": "2026-01-01T00:00:01Z", "completed_at": "2026-01-01T00:00:02Z", "details_url": null, "title": "2 recipes are ready", "summary": "…", "text": "", "annotations": []}',
     2, 2, '2026-01-01T00:00:01+00:00', 7001, NULL, '2026-01-01T00:00:02+00:00'),
    ('recipe-run/1/result', 'result/pangeo-forge/staged-recipes#7/done', 'pangeo-forge/staged-recipes', 2001,
     '{"show": "comment", "pull_request": 7, "body": "It worked."}', 1, 0, '2026-01-01T00:09:00+00:00', NULL, NULL, '2026-01-01T00:09:00+00:00'),
    ('recipe-run/0/result', 'result/pangeo-forge/staged-recipes#7/done', 'pangeo-forge/staged-recipes', 2001,
     '{"show": "no_comment", "pull_request": 7}', 2, 1, '2026-01-01T00:05:00+00:00', 5001, NULL, '2026-01-01T00:09:00+00:00'),
    ('reaction/5002/eyes', NULL, 'pangeo-forge/staged-recipes', 2001, '{"show": "reaction", "comment": 5002, "reaction": "eyes"}', 1, 0, NULL, NULL, 'the conversation is locked', '2026-01-01T00:01:00+00:00');
