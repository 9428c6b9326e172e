-- Beside the rows of odd.sql: what our tables cannot hold. The old tables refuse some of it too, unless they were tampered with.

ALTER TABLE reciperun DROP CONSTRAINT reciperun_bakery_id_fkey;
ALTER TABLE reciperun DROP CONSTRAINT reciperun_feedstock_id_fkey;

INSERT INTO feedstock (id, spec, provider) VALUES (20, 'group/project', 'gitlab');

INSERT INTO reciperun (id, recipe_id, bakery_id, feedstock_id, head_sha, version, started_at, completed_at, conclusion, status, is_test, dataset_type) VALUES
    (30, 'r', 99, 98, '0123456789abcdef0123456789abcdef01234567', '', '2023-01-01', '2023-01-02', 'success', 'completed', TRUE, 'zarr'),
    (31, 's', 1, 2, '0123456789abcdef0123456789abcdef01234567', '', '2023-01-01', '2023-01-02', 'done', 'finished', TRUE, 'netcdf'),
    (32, 't', 1, 2, '0123456789abcdef0123456789abcdef01234567', '', 'infinity', '2023-01-02', 'success', 'completed', TRUE, 'zarr'),
    (33, 'u', 1, 2, '0123456789abcdef0123456789abcdef01234567', '', '2023-01-01', '0044-03-15 BC', 'success', 'completed', TRUE, 'zarr'),
    (34, repeat('v', 3000), 1, 2, '0123456789abcdef0123456789abcdef01234567', '', '2023-01-01', '2023-01-02', 'success', 'completed', TRUE, 'zarr');
