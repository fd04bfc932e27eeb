-- Indexes for very many databases, jobs and snapshots.

CREATE INDEX database_by_path ON database (path);

-- Lists of jobs are ordered by id. What is claimed is ordered otherwise, and few jobs wait.
CREATE INDEX job_by_state ON job (state, id);
CREATE INDEX job_by_kind ON job (kind, id);
CREATE INDEX job_by_kind_and_state ON job (kind, state, id);
CREATE INDEX job_by_end ON job (finished_at) WHERE finished_at IS NOT NULL;
DROP INDEX job_to_claim;
CREATE INDEX job_to_claim ON job (priority DESC, run_at, id) WHERE state = 'QUEUED';

-- Lists of snapshots are ordered by creation, whatever they are filtered by. One of a database has such an index already.
DROP INDEX snapshot_by_database;
DROP INDEX snapshot_by_group;
CREATE INDEX snapshot_in_order ON snapshot (created_at, id);
CREATE INDEX snapshot_by_group ON snapshot (group_id, created_at, id) WHERE group_id IS NOT NULL;
CREATE INDEX snapshot_by_verification ON snapshot (verification, created_at, id);
CREATE INDEX snapshot_being_deleted ON snapshot (deleted_at, id) WHERE deleted_at IS NOT NULL;

-- The labels of snapshots once more, to find snapshots by them, in the order of lists. What counts is `snapshot.labels`.
CREATE TABLE snapshot_label (
    snapshot_id TEXT NOT NULL REFERENCES snapshot (id) ON DELETE CASCADE,
    key         TEXT NOT NULL,
    value       TEXT NOT NULL,
    created_at  BIGINT NOT NULL, -- of the snapshot
    PRIMARY KEY (snapshot_id, key)
) WITHOUT ROWID;
CREATE INDEX snapshot_label_by_key ON snapshot_label (key, created_at, snapshot_id);
CREATE INDEX snapshot_label_by_value ON snapshot_label (key, value, created_at, snapshot_id);
INSERT INTO snapshot_label (snapshot_id, key, value, created_at)
SELECT snapshot.id, label.key, label.value, snapshot.created_at FROM snapshot, json_each(snapshot.labels) AS label;
