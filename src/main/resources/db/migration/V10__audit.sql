-- What was done through the API, and what was refused.
CREATE TABLE audit (
    id          TEXT PRIMARY KEY,
    at          BIGINT NOT NULL,
    caller_id   TEXT,             -- id of a token, or subject of a JWT; null: nobody knows who it was
    caller_name TEXT,
    operation   TEXT,             -- null: refused before it was clear which
    method      TEXT NOT NULL,
    path        TEXT NOT NULL,
    databases   TEXT NOT NULL,    -- names
    made        TEXT,             -- path of the resource that it made, such as a job
    address     TEXT NOT NULL,
    request_id  TEXT NOT NULL,
    status      INTEGER,          -- null: not ended, or the service died before it was noted
    code        TEXT,             -- of the problem
    times       BIGINT NOT NULL   -- above 1: of so many requests that were refused, this was the first
);
CREATE INDEX audit_by_caller ON audit (caller_id, id);
