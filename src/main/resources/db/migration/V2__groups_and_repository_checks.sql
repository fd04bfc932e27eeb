-- `method` is what was asked for; what was used, and why, stands beside it. Before there was a choice they were the same.
ALTER TABLE snapshot ADD COLUMN method_used TEXT NOT NULL DEFAULT '';
ALTER TABLE snapshot ADD COLUMN method_reason TEXT;
ALTER TABLE snapshot ADD COLUMN group_id TEXT; -- shared by the snapshots of one group backup
UPDATE snapshot SET method_used = method;
CREATE INDEX snapshot_by_group ON snapshot (group_id);

-- Snapshots that a group backup is about to publish, until all of them are recorded: a part of a group is not kept.
CREATE TABLE unfinished_group (
    snapshot_id TEXT PRIMARY KEY,
    database_id TEXT NOT NULL REFERENCES database (id),
    group_id    TEXT NOT NULL
);
CREATE INDEX unfinished_group_by_group ON unfinished_group (group_id);

-- When the checksum of a stored layer was looked at last, and what was wrong with it; null for nothing.
CREATE TABLE layer_check (
    database_id TEXT NOT NULL,
    layer_id    TEXT NOT NULL,
    checked_at  BIGINT NOT NULL,
    damage      TEXT,
    PRIMARY KEY (database_id, layer_id)
);

-- The databases that a job concerns, by name: one, several for a group backup, none for jobs about the whole repository.
CREATE TABLE job_database (
    job_id        TEXT NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    database_name TEXT NOT NULL,
    PRIMARY KEY (job_id, database_name)
);
CREATE INDEX job_database_by_name ON job_database (database_name, job_id);
INSERT INTO job_database (job_id, database_name)
SELECT id, database_name FROM job WHERE database_name IS NOT NULL;

-- The databases that no other job may change while a job runs: wanted while it is queued, held while it runs.
DROP TABLE reservation;
CREATE TABLE reservation (
    job_id      TEXT NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    database_id TEXT NOT NULL,
    held        INTEGER NOT NULL,
    PRIMARY KEY (job_id, database_id)
);
CREATE INDEX reservation_by_database ON reservation (database_id);
CREATE UNIQUE INDEX reservation_held ON reservation (database_id) WHERE held = 1;
INSERT INTO reservation (job_id, database_id, held)
SELECT id, reserves, state = 'RUNNING' FROM job WHERE reserves IS NOT NULL AND state IN ('QUEUED', 'RUNNING');

DROP INDEX job_by_database;
ALTER TABLE job DROP COLUMN database_name;
ALTER TABLE job DROP COLUMN reserves;
