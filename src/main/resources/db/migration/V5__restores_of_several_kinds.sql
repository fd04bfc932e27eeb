-- What a restore does has a record of its own, since a job can have several.
UPDATE job SET spec = json_object(
    'kind', 'RESTORE',
    'item', json_object(
        'snapshotId', json_extract(spec, '$.snapshotId'),
        'target', json_object('path', json_extract(spec, '$.target'), 'mode', 'NEW_FILE', 'databaseId', NULL),
        'safetySnapshot', json('false'),
        'allowDamaged', json('false')),
    'verify', json_extract(spec, '$.verify'),
    'deadline', json_extract(spec, '$.deadline'))
WHERE kind = 'RESTORE';

-- What a restore has done to each of its targets, so that an attempt after a crash does not do it again, and what was there
-- before is not lost. There is a row before a target changes, with a result once it has.
CREATE TABLE restored_target (
    job_id          TEXT NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    path            TEXT NOT NULL,
    safety_snapshot TEXT,
    result          TEXT,
    PRIMARY KEY (job_id, path)
);
