-- Who wants to hear of what. Events and databases are JSON lists, null for all.
CREATE TABLE webhook (
    id         TEXT PRIMARY KEY,
    url        TEXT NOT NULL,
    events     TEXT,
    databases  TEXT,
    secret     TEXT NOT NULL,
    paused     INTEGER NOT NULL,
    created_at BIGINT NOT NULL
);

-- What is to be told, written with what happened in one transaction, and what became of telling it.
CREATE TABLE delivery (
    id              TEXT PRIMARY KEY,
    webhook_id      TEXT NOT NULL REFERENCES webhook (id) ON DELETE CASCADE,
    event           TEXT NOT NULL,
    body            TEXT NOT NULL,
    state           TEXT NOT NULL,
    attempts        INTEGER NOT NULL,
    created_at      BIGINT NOT NULL,
    next_attempt_at BIGINT, -- of what is PENDING
    finished_at     BIGINT,
    status          INTEGER,
    error           TEXT
);
CREATE INDEX delivery_by_webhook ON delivery (webhook_id, id);
CREATE INDEX delivery_pending ON delivery (next_attempt_at) WHERE state = 'PENDING';
CREATE INDEX delivery_by_end ON delivery (finished_at);

-- A URL that hears of each good backup of a database, when it is due to hear of one, and how that went last.
CREATE TABLE heartbeat (
    database_id     TEXT PRIMARY KEY REFERENCES database (id),
    url             TEXT NOT NULL,
    attempts        INTEGER NOT NULL, -- that failed since the last good backup
    next_attempt_at BIGINT,
    delivered_at    BIGINT,
    status          INTEGER,
    error           TEXT
);
CREATE INDEX heartbeat_due ON heartbeat (next_attempt_at);

-- How well each database was protected when that was told last, so that nothing is told twice.
CREATE TABLE told_protection (
    database_id TEXT PRIMARY KEY REFERENCES database (id),
    protection  TEXT NOT NULL
);
