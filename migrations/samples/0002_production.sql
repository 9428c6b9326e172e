-- Rows as this version of the program writes them, in the tables and columns that are new with it.

INSERT INTO recipe_run (recipe_id, bakery_id, feedstock_id, head_sha, version, started_at, completed_at, conclusion, status, is_test, dataset_type, message,
                        pull_request, feedstock_subdir, attempt, requested_by, installation, git_ref, target, subpath, fault)
SELECT 'deployed', bakery.id, feedstock.id, '89abcdef0123456789abcdef0123456789abcdef', '89abcdef0123', '2026-01-02T00:01:00+00:00', '2026-01-02T00:09:00+00:00',
       'failure', 'completed', FALSE, 'zarr', '{"job_name": "pf-pangeo-forge-4-1", "job_id": "2026-01-02_00_01_00-1", "trace": "The Dataflow job failed"}',
       9, 'feedstock', 1, NULL, 2001, 'refs/heads/main', 'pangeo-ldeo-nsf-earthcube:Pangeo/pangeo-forge/pangeo-forge/x-feedstock/deployed.zarr',
       'pangeo-forge/pangeo-forge/x-feedstock/deployed.zarr', '{"fault": "dataflow", "state": "JOB_STATE_FAILED", "job": "2026-01-02_00_01_00-1"}'
FROM bakery, feedstock;
INSERT INTO recipe_run (recipe_id, bakery_id, feedstock_id, head_sha, version, started_at, status, is_test, dataset_type, pull_request, feedstock_subdir,
                        attempt, requested_by, installation, git_ref, target, subpath, cancel_asked_at, cancel_asked_by)
SELECT 'deployed', bakery.id, feedstock.id, '89abcdef0123456789abcdef0123456789abcdef', '89abcdef0123', '2026-01-02T00:10:00+00:00', 'in_progress', FALSE, 'zarr', 9, 'feedstock',
       2, 'maintainer', 2001, 'refs/heads/main', 'pangeo-ldeo-nsf-earthcube:Pangeo/pangeo-forge/pangeo-forge/x-feedstock/deployed.zarr',
       'pangeo-forge/pangeo-forge/x-feedstock/deployed.zarr', '2026-01-02T00:11:00+00:00', 'maintainer'
FROM bakery, feedstock;

INSERT INTO dataflow_job (recipe_run_id, project, location, name, job_id, state, state_at, stores, heard_at, ended_at)
SELECT id, 'far-away', 'us-central1', 'pf-pangeo-forge-4-1', '2026-01-02_00_01_00-1', 'JOB_STATE_FAILED', '2026-01-02T00:09:00+00:00',
       '[{"path": "deployed.zarr", "dataset_type": "zarr"}]', '2026-01-02T00:09:01+00:00', '2026-01-02T00:09:01+00:00'
FROM recipe_run WHERE attempt = 1 AND recipe_id = 'deployed';

INSERT INTO job_event (source, project, location, job_id, job_name, state, state_at, replaced_by, received_at, dataflow_job_id, note) VALUES
    ('event/d20f9a8d', 'far-away', 'us-central1', '2026-01-02_00_01_00-1', 'pf-pangeo-forge-4-1', 'JOB_STATE_FAILED', '2026-01-02T00:09:00+00:00', NULL,
     '2026-01-02T00:09:01+00:00', (SELECT id FROM dataflow_job), 'applied'),
    ('event/0c1d2e3f', 'far-away', 'us-central1', '2026-01-02_00_02_00-2', 'somebody-elses', 'JOB_STATE_DONE', '2026-01-02T00:09:00+00:00', NULL,
     '2026-01-02T00:09:01+00:00', NULL, NULL);

INSERT INTO feedstock_creation (repository, pull_request, installation, directory, feedstock, state, progress, problem, created_at, updated_at) VALUES
    ('pangeo-forge/staged-recipes', 7, 2001, 'seven', 'pangeo-forge/seven-feedstock', 'open', '{}', NULL, '2026-01-02T00:00:00+00:00', '2026-01-02T00:00:10+00:00');

INSERT INTO stopped_place (installation, repository, reason, since) VALUES
    (2001, 'pangeo-forge/gone-feedstock', 'removed', '2026-01-02T00:00:00+00:00'),
    (2002, '', 'suspend', '2026-01-02T00:00:00+00:00');

INSERT INTO watermark (name, at) VALUES ('recover_deliveries', '2026-01-02T00:00:00+00:00');

INSERT INTO redelivery (delivery, event, attempt, found_at, asked_at, given_up_at) VALUES
    ('0f9b2c1e-0000-4000-8000-000000000002', 'pull_request', 9007199254740993, '2026-01-02T00:00:00+00:00', '2026-01-02T00:00:01+00:00', NULL),
    ('0f9b2c1e-0000-4000-8000-000000000003', 'issue_comment', 9007199254740995, '2026-01-01T00:00:00+00:00', '2026-01-01T23:30:00+00:00', '2026-01-02T00:00:01+00:00');
