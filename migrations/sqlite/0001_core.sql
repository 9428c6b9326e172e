-- Receipt of webhooks, durable work, and the state of recipe runs. Paired with ../postgres/0001_core.sql.

CREATE TABLE delivery (
    id             TEXT PRIMARY KEY,
    event          TEXT NOT NULL,
    body           BLOB NOT NULL,
    received_at    TIMESTAMP NOT NULL,
    interpreted_at TIMESTAMP,
    interpreter    BIGINT,
    note           TEXT
);
CREATE INDEX delivery_received ON delivery (received_at);

CREATE TABLE job (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    kind        TEXT NOT NULL,
    payload     TEXT NOT NULL,
    lane        TEXT,
    dedup_key   TEXT,
    state       TEXT NOT NULL CHECK (state IN ('ready', 'running', 'done', 'dead')),
    attempt     BIGINT NOT NULL,
    epoch       BIGINT NOT NULL,
    run_at      TIMESTAMP NOT NULL,
    lease_until TIMESTAMP,
    last_error  TEXT,
    created_at  TIMESTAMP NOT NULL,
    finished_at TIMESTAMP
);
CREATE INDEX job_ready ON job (run_at, id) WHERE state = 'ready';
CREATE UNIQUE INDEX job_dedup ON job (dedup_key) WHERE state = 'ready';
CREATE UNIQUE INDEX job_lane ON job (lane) WHERE state = 'running';
CREATE INDEX job_finished ON job (finished_at) WHERE state = 'done';

CREATE TABLE bakery (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    region      TEXT NOT NULL,
    name        TEXT NOT NULL UNIQUE,
    description TEXT NOT NULL
);

CREATE TABLE feedstock (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    spec     TEXT NOT NULL UNIQUE,
    provider TEXT NOT NULL
);

CREATE TABLE pull_request_head (
    feedstock_id BIGINT NOT NULL REFERENCES feedstock (id),
    number       BIGINT NOT NULL,
    sha          TEXT NOT NULL,
    seen_at      TIMESTAMP NOT NULL,
    shown_at     TIMESTAMP,
    PRIMARY KEY (feedstock_id, number, sha)
);

CREATE TABLE recipe_run (
    id                 INTEGER PRIMARY KEY AUTOINCREMENT,
    recipe_id          TEXT NOT NULL,
    bakery_id          BIGINT NOT NULL REFERENCES bakery (id),
    feedstock_id       BIGINT NOT NULL REFERENCES feedstock (id),
    head_sha           TEXT NOT NULL,
    version            TEXT NOT NULL,
    started_at         TIMESTAMP NOT NULL,
    completed_at       TIMESTAMP,
    conclusion         TEXT CHECK (conclusion IN ('action_required', 'cancelled', 'failure', 'neutral', 'success', 'skipped', 'stale', 'timed_out')),
    status             TEXT NOT NULL CHECK (status IN ('queued', 'in_progress', 'completed')),
    is_test            BOOLEAN NOT NULL,
    dataset_type       TEXT CHECK (dataset_type IN ('zarr', 'kerchunk', 'parquet')),
    dataset_public_url TEXT,
    message            TEXT,
    pull_request       BIGINT,
    feedstock_subdir   TEXT,
    CHECK ((status = 'completed') = (conclusion IS NOT NULL))
);
CREATE INDEX recipe_run_head ON recipe_run (feedstock_id, head_sha);
-- One run of a recipe waits or works at a time for one head of one pull request; a later attempt is a new row.
CREATE UNIQUE INDEX recipe_run_open ON recipe_run (feedstock_id, pull_request, head_sha, recipe_id)
    WHERE status <> 'completed' AND pull_request IS NOT NULL;

CREATE TABLE workflow_run (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    dispatch_id   TEXT NOT NULL UNIQUE,
    feedstock_id  BIGINT NOT NULL REFERENCES feedstock (id),
    pull_request  BIGINT,
    recipe_run_id BIGINT REFERENCES recipe_run (id),
    installation  BIGINT NOT NULL,
    request       TEXT NOT NULL,
    context       TEXT NOT NULL,
    state         TEXT NOT NULL CHECK (state IN ('pending', 'dispatched', 'running', 'concluded')),
    looks         BIGINT NOT NULL,
    attempted_at  TIMESTAMP,
    github_id     BIGINT UNIQUE,
    html_url      TEXT,
    created_at    TIMESTAMP NOT NULL,
    dispatched_at TIMESTAMP,
    running_at    TIMESTAMP,
    checked_at    TIMESTAMP,
    concluded_at  TIMESTAMP,
    outcome       TEXT
);
CREATE INDEX workflow_run_open ON workflow_run (checked_at) WHERE state IN ('dispatched', 'running');

CREATE TABLE report (
    id                INTEGER PRIMARY KEY AUTOINCREMENT,
    key               TEXT NOT NULL UNIQUE,
    slot              TEXT,
    repository        TEXT NOT NULL,
    installation      BIGINT NOT NULL,
    content           TEXT NOT NULL,
    version           BIGINT NOT NULL,
    published_version BIGINT NOT NULL,
    attempted_at      TIMESTAMP,
    github_id         BIGINT,
    undeliverable     TEXT,
    updated_at        TIMESTAMP NOT NULL
);
CREATE INDEX report_slot ON report (slot) WHERE slot IS NOT NULL;
CREATE INDEX report_unpublished ON report (updated_at) WHERE published_version < version AND undeliverable IS NULL;
