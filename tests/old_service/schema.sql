-- The tables of the old Python service as its last migration left them: no unique columns, no checks, no defaults but the ids.

CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL PRIMARY KEY
);
INSERT INTO alembic_version VALUES ('0499cef6b57a');

CREATE TABLE bakery (
    id          SERIAL PRIMARY KEY,
    region      VARCHAR NOT NULL,
    name        VARCHAR NOT NULL,
    description VARCHAR NOT NULL
);

CREATE TABLE feedstock (
    id       SERIAL PRIMARY KEY,
    spec     VARCHAR NOT NULL,
    provider VARCHAR NOT NULL
);

CREATE TABLE reciperun (
    id                 SERIAL PRIMARY KEY,
    recipe_id          VARCHAR NOT NULL,
    bakery_id          INTEGER NOT NULL REFERENCES bakery (id),
    feedstock_id       INTEGER NOT NULL REFERENCES feedstock (id),
    head_sha           VARCHAR NOT NULL,
    version            VARCHAR NOT NULL,
    started_at         TIMESTAMP NOT NULL,
    completed_at       TIMESTAMP,
    conclusion         VARCHAR,
    status             VARCHAR NOT NULL,
    is_test            BOOLEAN NOT NULL,
    dataset_type       VARCHAR,
    dataset_public_url VARCHAR,
    message            VARCHAR
);
