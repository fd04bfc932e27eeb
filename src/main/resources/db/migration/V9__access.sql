-- Who may use the API. Of a token only the SHA-256 of its text is kept.
CREATE TABLE access_token (
    id           TEXT PRIMARY KEY,
    name         TEXT NOT NULL,
    hash         TEXT NOT NULL UNIQUE,
    scope        TEXT NOT NULL,
    databases    TEXT,             -- names and labels, as JSON; null: all
    of_file      INTEGER NOT NULL, -- 1: the admin token, whose text stands in a file
    created_at   BIGINT NOT NULL,
    created_by   TEXT,             -- name of a token, or the subject of a JWT
    expires_at   BIGINT,
    last_used_at BIGINT
);
CREATE UNIQUE INDEX access_token_of_file ON access_token (of_file) WHERE of_file = 1;
