-- What is to be done with a database again and again. An empty database_id: what holds for all databases without a row of their own.
CREATE TABLE schedule (
    kind        TEXT NOT NULL,
    database_id TEXT NOT NULL,
    cron        TEXT NOT NULL,
    zone        TEXT NOT NULL,
    jitter      BIGINT NOT NULL,  -- milliseconds
    paused      INTEGER NOT NULL,
    work        TEXT NOT NULL,
    PRIMARY KEY (kind, database_id)
);

-- When each schedule is due next, by its own row or the default; null while it is paused.
CREATE TABLE next_run (
    database_id TEXT NOT NULL REFERENCES database (id),
    kind        TEXT NOT NULL,
    due_at      BIGINT,
    PRIMARY KEY (database_id, kind)
);
CREATE INDEX next_run_by_time ON next_run (due_at);

-- Due times that came, and what became of each.
CREATE TABLE schedule_run (
    id          TEXT PRIMARY KEY,
    database_id TEXT NOT NULL REFERENCES database (id),
    kind        TEXT NOT NULL,
    due_at      BIGINT NOT NULL,
    state       TEXT NOT NULL,
    reason      TEXT,
    detail      TEXT,
    job_id      TEXT
);
CREATE INDEX schedule_run_by_database ON schedule_run (database_id, kind, id);
CREATE INDEX schedule_run_undecided ON schedule_run (id) WHERE state = 'DUE';

-- When a database was last seen to be in the state of a snapshot of it, so that no new one was needed.
CREATE TABLE sighting (
    snapshot_id TEXT PRIMARY KEY REFERENCES snapshot (id) ON DELETE CASCADE,
    seen_at     BIGINT NOT NULL
);

-- Restores to staging that were made as a proof, newest last. A drill outlives its snapshot and its job.
CREATE TABLE drill (
    id                  TEXT PRIMARY KEY,
    job_id              TEXT NOT NULL UNIQUE,
    database_id         TEXT NOT NULL REFERENCES database (id),
    snapshot_id         TEXT NOT NULL,
    snapshot_created_at BIGINT NOT NULL,
    level               TEXT NOT NULL,
    passed              INTEGER NOT NULL,
    finished_at         BIGINT NOT NULL,
    restore_millis      BIGINT NOT NULL,
    check_millis        BIGINT NOT NULL,
    bytes               BIGINT NOT NULL,
    messages            TEXT NOT NULL
);
CREATE INDEX drill_by_database ON drill (database_id, id);
CREATE INDEX drill_failed ON drill (database_id, id) WHERE passed = 0;
