-- Production runs, Dataflow jobs, the making of feedstocks, and what is needed to catch up. Paired with ../postgres/0002_production.sql.

-- Which attempt at its recipe and commit a run is, from 1.
ALTER TABLE recipe_run ADD COLUMN attempt BIGINT NOT NULL DEFAULT 1;
ALTER TABLE recipe_run ADD COLUMN requested_by TEXT;
ALTER TABLE recipe_run ADD COLUMN installation BIGINT;
ALTER TABLE recipe_run ADD COLUMN git_ref TEXT;
-- The store that a production run writes: `<bakery>:<root path>`.
ALTER TABLE recipe_run ADD COLUMN target TEXT;
ALTER TABLE recipe_run ADD COLUMN subpath TEXT;
ALTER TABLE recipe_run ADD COLUMN fault TEXT;
ALTER TABLE recipe_run ADD COLUMN cancel_asked_at TIMESTAMP;
ALTER TABLE recipe_run ADD COLUMN cancel_asked_by TEXT;
-- One writer per target, whatever the program thinks.
CREATE UNIQUE INDEX recipe_run_writer ON recipe_run (target) WHERE status = 'in_progress' AND target IS NOT NULL;
CREATE INDEX recipe_run_waiting ON recipe_run (target, id) WHERE status = 'queued' AND target IS NOT NULL;
CREATE INDEX recipe_run_conversation ON recipe_run (feedstock_id, pull_request);
CREATE INDEX recipe_run_going ON recipe_run (started_at) WHERE status = 'in_progress';

-- Who asked to stop the listing of recipes; of a recipe run its own row says so.
ALTER TABLE workflow_run ADD COLUMN stop_asked_by TEXT;
CREATE INDEX workflow_run_recipe_run ON workflow_run (recipe_run_id, id);
CREATE INDEX workflow_run_pending ON workflow_run (created_at) WHERE state = 'pending';

-- The jobs that were handed to Dataflow, one for a run.
CREATE TABLE dataflow_job (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    recipe_run_id BIGINT NOT NULL UNIQUE REFERENCES recipe_run (id),
    project       TEXT NOT NULL,
    location      TEXT NOT NULL,
    name          TEXT NOT NULL UNIQUE,
    job_id        TEXT,
    state         TEXT NOT NULL,
    state_at      TIMESTAMP,
    stores        TEXT,
    heard_at      TIMESTAMP NOT NULL,
    ended_at      TIMESTAMP
);
CREATE UNIQUE INDEX dataflow_job_id ON dataflow_job (project, location, job_id) WHERE job_id IS NOT NULL;
CREATE INDEX dataflow_job_open ON dataflow_job (heard_at) WHERE ended_at IS NULL;

CREATE TABLE job_event (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    source          TEXT NOT NULL UNIQUE,
    project         TEXT NOT NULL,
    location        TEXT NOT NULL,
    job_id          TEXT NOT NULL,
    job_name        TEXT NOT NULL,
    state           TEXT NOT NULL,
    state_at        TIMESTAMP NOT NULL,
    replaced_by     TEXT,
    received_at     TIMESTAMP NOT NULL,
    dataflow_job_id BIGINT REFERENCES dataflow_job (id),
    note            TEXT
);
CREATE INDEX job_event_parked ON job_event (job_name) WHERE dataflow_job_id IS NULL;
CREATE INDEX job_event_received ON job_event (received_at);

CREATE TABLE feedstock_creation (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    repository   TEXT NOT NULL,
    pull_request BIGINT NOT NULL,
    installation BIGINT NOT NULL,
    directory    TEXT NOT NULL,
    feedstock    TEXT NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('open', 'blocked', 'done', 'abandoned')),
    progress     TEXT NOT NULL,
    problem      TEXT,
    created_at   TIMESTAMP NOT NULL,
    updated_at   TIMESTAMP NOT NULL,
    UNIQUE (repository, pull_request)
);
CREATE INDEX feedstock_creation_open ON feedstock_creation (updated_at) WHERE state = 'open';

-- Where we may not work at present: a whole installation (`repository` is empty) or one repository of it.
CREATE TABLE stopped_place (
    installation BIGINT NOT NULL,
    repository   TEXT NOT NULL,
    reason       TEXT NOT NULL,
    since        TIMESTAMP NOT NULL,
    PRIMARY KEY (installation, repository)
);

-- Up to when something that is done again and again has been done.
CREATE TABLE watermark (
    name TEXT PRIMARY KEY,
    at   TIMESTAMP NOT NULL
);

-- Deliveries that GitHub made in vain and is asked to make again, until they are here or are given up.
CREATE TABLE redelivery (
    delivery    TEXT PRIMARY KEY,
    event       TEXT NOT NULL,
    attempt     BIGINT NOT NULL,
    found_at    TIMESTAMP NOT NULL,
    asked_at    TIMESTAMP,
    given_up_at TIMESTAMP
);
CREATE INDEX redelivery_open ON redelivery (found_at) WHERE given_up_at IS NULL;
