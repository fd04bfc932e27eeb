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
