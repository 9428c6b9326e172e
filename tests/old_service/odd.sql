-- Rows that the old tables allow and that nobody would want, one for each rule that the published database has no row for. All of them
-- can be imported.

INSERT INTO bakery (id, region, name, description) VALUES
    (1, 'us-central1', 'earthcube', 'The first'),
    (4, 'eu-west1', 'earthcube', 'The same again'),
    (5, '', 'other', '');

INSERT INTO feedstock (id, spec, provider) VALUES
    (2, 'pangeo-forge/one-feedstock', 'github'),
    (3, 'pangeo-forge/One-Feedstock', 'github'),
    (7, 'pangeo-forge/one-feedstock', 'github'),
    (8, 'text', 'github');

INSERT INTO reciperun (id, recipe_id, bakery_id, feedstock_id, head_sha, version, started_at, completed_at, conclusion, status, is_test, dataset_type, dataset_public_url, message) VALUES
    (10, 'one', 4, 7, '0123456789abcdef0123456789abcdef01234567', '', '2023-01-01 00:00:00', NULL, NULL, 'queued', TRUE, NULL, NULL, NULL),
    (11, 'one', 1, 7, '0123456789abcdef0123456789abcdef01234567', '', '2023-01-01 00:00:00.000001', '2023-01-02', 'skipped', 'queued', TRUE, 'kerchunk', NULL, '[]'),
    (12, 'two words', 5, 8, 'main', '0.0', '2023-01-01', NULL, NULL, 'completed', FALSE, 'parquet', NULL, E'{"trace": "é\n\t\\u0000"}'),
    (13, 'a/b', 5, 3, '0123456789abcdef0123456789abcdef01234567', '0.0', '2023-01-01', '2023-01-01 01:00', NULL, 'in_progress', FALSE, 'zarr', NULL, '{}'),
    (14, 'long', 1, 2, '1123456789abcdef0123456789abcdef01234567', repeat('v', 300), '0001-01-01', '9999-12-31', 'timed_out', 'completed', FALSE, 'zarr', '', repeat('x', 70000)),
    (15, '', 1, 2, '', '', '2023-02-01', '2023-01-01', 'action_required', 'completed', FALSE, 'zarr', 'not a URL', '');

SELECT setval('bakery_id_seq', 5), setval('feedstock_id_seq', 30), setval('reciperun_id_seq', 3);
