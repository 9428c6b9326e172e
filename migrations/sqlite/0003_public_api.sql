-- What the public API needs: keys, the order of lists, and the timeline of a run. Paired with ../postgres/0003_public_api.sql.

-- A list page costs the same at any number of rows: each column that may be sorted by, but for the free text, with the id that breaks ties.
CREATE INDEX recipe_run_by_recipe_id ON recipe_run (recipe_id, id);
CREATE INDEX recipe_run_by_bakery_id ON recipe_run (bakery_id, id);
CREATE INDEX recipe_run_by_head_sha ON recipe_run (head_sha, id);
CREATE INDEX recipe_run_by_version ON recipe_run (version, id);
CREATE INDEX recipe_run_by_started_at ON recipe_run (started_at, id);
CREATE INDEX recipe_run_by_completed_at ON recipe_run (completed_at, id);
CREATE INDEX recipe_run_by_conclusion ON recipe_run (conclusion, id);
CREATE INDEX recipe_run_by_status ON recipe_run (status, id);
CREATE INDEX recipe_run_by_is_test ON recipe_run (is_test, id);
CREATE INDEX recipe_run_by_dataset_type ON recipe_run (dataset_type, id);
CREATE INDEX recipe_run_by_dataset_public_url ON recipe_run (dataset_public_url, id);
CREATE INDEX recipe_run_by_feedstock_id ON recipe_run (feedstock_id, id);

-- Who may do what with the API. The key itself is not here: only its SHA-256.
CREATE TABLE api_key (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    name         TEXT NOT NULL,
    hint         TEXT NOT NULL,
    hash         TEXT NOT NULL UNIQUE,
    scopes       TEXT NOT NULL,
    bakery_id    BIGINT REFERENCES bakery (id),
    feedstock_id BIGINT REFERENCES feedstock (id),
    created_at   TIMESTAMP NOT NULL,
    expires_at   TIMESTAMP,
    revoked_at   TIMESTAMP,
    last_used_at TIMESTAMP
);

-- Who read which logs.
CREATE TABLE log_access (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    at            TIMESTAMP NOT NULL,
    api_key       TEXT NOT NULL,
    recipe_run_id BIGINT NOT NULL,
    source        TEXT NOT NULL
);
CREATE INDEX log_access_at ON log_access (at);

-- What happened to a run, in the order in which it was written down. Rows are only added, and go with their run.
CREATE TABLE run_event (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    recipe_run_id BIGINT NOT NULL REFERENCES recipe_run (id) ON DELETE CASCADE,
    at            TIMESTAMP NOT NULL,
    kind          TEXT NOT NULL,
    reason        TEXT NOT NULL,
    cause         TEXT
);
CREATE INDEX run_event_run ON run_event (recipe_run_id, id);

-- The delivery, message or command that a piece of work goes back to; it stands in every line that the work logs.
ALTER TABLE job ADD COLUMN cause TEXT;

-- How long the queue is, is asked by every scrape of the figures: done jobs, which are most, are not looked at.
CREATE INDEX job_open ON job (state, kind, run_at) WHERE state <> 'done';
