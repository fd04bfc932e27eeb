-- Times are milliseconds since 1970 UTC, ids are UUIDs as text, labels and the like are JSON.

CREATE TABLE database (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL UNIQUE,
    path       TEXT NOT NULL,
    labels     TEXT NOT NULL,
    node       TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    removed_at BIGINT -- its snapshots outlive a database; registering the name again takes them over
);

CREATE TABLE snapshot (
    id              TEXT PRIMARY KEY,
    database_id     TEXT NOT NULL REFERENCES database (id),
    created_at      BIGINT NOT NULL,
    state           TEXT NOT NULL,
    verification    TEXT NOT NULL,
    page_size       INTEGER NOT NULL,
    page_count      BIGINT NOT NULL,
    stored_bytes    BIGINT NOT NULL,
    new_bytes       BIGINT NOT NULL,
    tree_digest     TEXT NOT NULL,
    sha256          TEXT,
    method          TEXT NOT NULL,
    journal_mode    TEXT NOT NULL,
    lock_held_millis BIGINT NOT NULL,
    wal_bytes_before BIGINT NOT NULL,
    wal_bytes_after BIGINT NOT NULL,
    notes           TEXT NOT NULL,
    pinned          INTEGER NOT NULL,
    expires_at      BIGINT,
    deleted_at      BIGINT, -- its deletion has begun: readers pass over it, the next start completes it
    labels          TEXT NOT NULL
);
CREATE INDEX snapshot_by_database ON snapshot (database_id, id);
CREATE INDEX snapshot_by_creation ON snapshot (database_id, created_at, id);

CREATE TABLE snapshot_check (
    id          TEXT PRIMARY KEY,
    snapshot_id TEXT NOT NULL REFERENCES snapshot (id) ON DELETE CASCADE,
    level       TEXT NOT NULL,
    passed      INTEGER NOT NULL,
    started_at  BIGINT NOT NULL,
    finished_at BIGINT NOT NULL,
    messages    TEXT NOT NULL,
    unproven    TEXT NOT NULL,
    foreign_key_violations BIGINT NOT NULL
);
CREATE INDEX snapshot_check_by_snapshot ON snapshot_check (snapshot_id, id);

CREATE TABLE job (
    id               TEXT PRIMARY KEY,
    kind             TEXT NOT NULL,
    spec             TEXT NOT NULL,
    database_name    TEXT,
    reserves         TEXT,             -- the database that only one job may change at a time
    node             TEXT NOT NULL,
    state            TEXT NOT NULL,
    phase            TEXT,
    priority         INTEGER NOT NULL,
    created_at       BIGINT NOT NULL,
    run_at           BIGINT NOT NULL,
    started_at       BIGINT,
    finished_at      BIGINT,
    owner            TEXT,
    lease_until      BIGINT,
    attempt          INTEGER NOT NULL,
    cancel_requested INTEGER NOT NULL,
    progress         TEXT,
    result           TEXT,
    problem          TEXT,
    idempotency_key  TEXT UNIQUE,
    fingerprint      TEXT
);
CREATE INDEX job_to_claim ON job (state, priority DESC, run_at, id);
CREATE INDEX job_by_database ON job (database_name, id);

CREATE TABLE reservation (
    database_id TEXT PRIMARY KEY,
    job_id      TEXT NOT NULL REFERENCES job (id)
);
