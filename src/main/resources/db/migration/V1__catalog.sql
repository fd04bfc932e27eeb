-- The catalog. Until the first release, this one file changes in place; nobody has a catalog of an earlier version.
-- Times are milliseconds since 1970 UTC, ids are UUIDs as text, labels and the like are JSON.

CREATE TABLE database (
    id            TEXT PRIMARY KEY,
    name          TEXT NOT NULL UNIQUE,
    path          TEXT NOT NULL, -- symbolic links resolved
    given_path    TEXT NOT NULL, -- as it was given
    labels        TEXT NOT NULL,
    node          TEXT NOT NULL,
    created_at    BIGINT NOT NULL,
    removed_at    BIGINT, -- its snapshots outlive a database; registering the name again takes them over
    max_age       BIGINT, -- how old its last good state may be, in milliseconds; null: as it is configured
    max_full_check_age BIGINT, -- how old its last FULL check may be, in milliseconds; null: as it is configured
    require_copy       INTEGER, -- 1: a copy of the repository must have it, 0: none needs to; null: as it is configured
    missing_since BIGINT  -- since when its file is not there
);
-- Discovery asks of each file that it registers whether its path is taken.
CREATE INDEX database_by_path ON database (path);

CREATE TABLE snapshot (
    id               TEXT PRIMARY KEY,
    database_id      TEXT NOT NULL REFERENCES database (id),
    created_at       BIGINT NOT NULL,
    ordered_at       BIGINT NOT NULL, -- its place among the others: created_at, but never before what was taken earlier, since clocks go back
    state            TEXT NOT NULL,
    verification     TEXT NOT NULL,
    level            TEXT,   -- the highest that it has passed since a check failed: STORED, QUICK, FULL; null for none
    full_check_at    BIGINT, -- when it, or else the nearest of those that it was built on, passed FULL
    parent_id        TEXT,   -- the snapshot that it was built on, which may be gone
    page_size        INTEGER NOT NULL,
    page_count       BIGINT NOT NULL,
    stored_bytes     BIGINT NOT NULL,
    new_bytes        BIGINT NOT NULL,
    tree_digest      TEXT NOT NULL,
    sha256           TEXT,
    method           TEXT NOT NULL, -- what was asked for
    method_used      TEXT NOT NULL,
    method_reason    TEXT,
    journal_mode     TEXT NOT NULL,
    lock_held_millis BIGINT NOT NULL,
    wal_bytes_before BIGINT NOT NULL,
    wal_bytes_after  BIGINT NOT NULL,
    notes            TEXT NOT NULL,
    group_id         TEXT,   -- shared by the snapshots of one group backup
    pinned           INTEGER NOT NULL,
    expires_at       BIGINT,
    deleted_at       BIGINT, -- its deletion has begun: readers pass over it, the next start completes it
    labels           TEXT NOT NULL
);
-- Lists of snapshots are ordered by place, whatever they are filtered by.
CREATE INDEX snapshot_in_order ON snapshot (ordered_at, id);
CREATE INDEX snapshot_by_place ON snapshot (database_id, ordered_at, id);
CREATE INDEX snapshot_by_group ON snapshot (group_id, ordered_at, id) WHERE group_id IS NOT NULL;
CREATE INDEX snapshot_by_parent ON snapshot (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX snapshot_by_verification ON snapshot (verification, ordered_at, id);
CREATE INDEX snapshot_being_deleted ON snapshot (deleted_at, id) WHERE deleted_at IS NOT NULL;

-- The labels of snapshots once more, to find snapshots by them, in the order of lists. What counts is `snapshot.labels`.
CREATE TABLE snapshot_label (
    snapshot_id TEXT NOT NULL REFERENCES snapshot (id) ON DELETE CASCADE,
    key         TEXT NOT NULL,
    value       TEXT NOT NULL,
    ordered_at  BIGINT NOT NULL, -- of the snapshot
    PRIMARY KEY (snapshot_id, key)
) WITHOUT ROWID;
CREATE INDEX snapshot_label_by_key ON snapshot_label (key, ordered_at, snapshot_id);
CREATE INDEX snapshot_label_by_value ON snapshot_label (key, value, ordered_at, snapshot_id);

CREATE TABLE snapshot_check (
    id                     TEXT PRIMARY KEY,
    snapshot_id            TEXT NOT NULL REFERENCES snapshot (id) ON DELETE CASCADE,
    level                  TEXT NOT NULL,
    passed                 INTEGER NOT NULL,
    started_at             BIGINT NOT NULL,
    finished_at            BIGINT NOT NULL,
    messages               TEXT NOT NULL, -- of damage
    content_violations     BIGINT NOT NULL,
    content_messages       TEXT NOT NULL,
    foreign_key_violations BIGINT NOT NULL,
    unproven               TEXT NOT NULL
);
CREATE INDEX snapshot_check_by_snapshot ON snapshot_check (snapshot_id, id);

-- Snapshots in which most of what a database held was gone. They need not be there any more: what was seen stays true.
CREATE TABLE collapse (
    snapshot_id     TEXT PRIMARY KEY,
    database_id     TEXT NOT NULL REFERENCES database (id),
    before_id       TEXT NOT NULL,    -- the newest good snapshot that had it
    at              BIGINT NOT NULL,
    ordered_at      BIGINT NOT NULL,  -- of the snapshot
    bytes_before    BIGINT NOT NULL,  -- in use
    bytes           BIGINT NOT NULL,
    tables_before   BIGINT NOT NULL,
    tables          BIGINT NOT NULL,
    told            INTEGER NOT NULL, -- as an event
    acknowledged_at BIGINT
);
CREATE INDEX collapse_by_database ON collapse (database_id, ordered_at);

-- Databases of which every commit is taken, and how.
CREATE TABLE follow (
    database_id    TEXT PRIMARY KEY REFERENCES database (id),
    every          BIGINT NOT NULL,  -- how much time one segment of the log has at most, in milliseconds
    window         BIGINT NOT NULL,  -- how far back any moment can be restored, in milliseconds
    snapshot_every BIGINT NOT NULL,  -- in milliseconds
    beside_source  INTEGER NOT NULL, -- whether commits may wait on the file system of the database
    wal_limit      BIGINT,           -- above so many bytes writers are kept out for an instant; null for never
    paused         INTEGER NOT NULL,
    since          BIGINT NOT NULL
);

-- Parts of logs without a gap.
CREATE TABLE log_chain (
    id           TEXT PRIMARY KEY,
    database_id  TEXT NOT NULL REFERENCES database (id),
    first_commit BIGINT NOT NULL, -- the number that its first commit has, or would have
    continuity   TEXT NOT NULL,   -- how it goes on from the chain before
    begun_at     BIGINT NOT NULL,
    window       BIGINT NOT NULL, -- how far back it reaches, in milliseconds
    seen_until   BIGINT NOT NULL, -- until when it is known that nothing else was committed
    compared_at  BIGINT,          -- when what it makes of a snapshot was compared with what was read of the database
    differing_pages BIGINT NOT NULL DEFAULT 0 -- that were others then
);
CREATE INDEX log_chain_by_database ON log_chain (database_id, first_commit, begun_at);

-- The log in the repository.
CREATE TABLE log_segment (
    database_id    TEXT NOT NULL REFERENCES database (id),
    first_commit   BIGINT NOT NULL,
    chain          TEXT NOT NULL,
    last_commit    BIGINT NOT NULL,
    first_at       BIGINT NOT NULL,  -- when its first commit was taken
    last_at        BIGINT NOT NULL,
    pages          BIGINT NOT NULL,
    page_size      INTEGER NOT NULL, -- in bytes
    bytes          BIGINT NOT NULL,  -- of the object
    schema_changes INTEGER NOT NULL, -- commits that changed the schema
    merged_at      BIGINT,           -- when it took the place of others whose objects may still be there
    PRIMARY KEY (database_id, first_commit, chain)
) WITHOUT ROWID;
CREATE INDEX log_segment_by_time ON log_segment (database_id, first_at, first_commit);
CREATE INDEX log_segment_merged ON log_segment (database_id, merged_at) WHERE merged_at IS NOT NULL;

-- When segments that last a minute or longer had their commits.
CREATE TABLE log_activity (
    database_id    TEXT NOT NULL,
    first_commit   BIGINT NOT NULL, -- of the segment
    chain          TEXT NOT NULL,
    at             BIGINT NOT NULL, -- when the first of these was taken
    commits        BIGINT NOT NULL,
    pages          BIGINT NOT NULL,
    bytes          BIGINT NOT NULL, -- their share of the object
    schema_changes INTEGER NOT NULL,
    PRIMARY KEY (database_id, first_commit, chain, at),
    FOREIGN KEY (database_id, first_commit, chain) REFERENCES log_segment (database_id, first_commit, chain) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX log_activity_by_time ON log_activity (database_id, at);

-- Snapshots from which a log can be replayed.
CREATE TABLE log_anchor (
    snapshot_id TEXT PRIMARY KEY REFERENCES snapshot (id) ON DELETE CASCADE,
    chain       TEXT NOT NULL,
    from_commit BIGINT NOT NULL, -- all commits up to here are in it
    to_commit   BIGINT NOT NULL, -- none after here is
    taken_at    BIGINT NOT NULL  -- when that was taken
);
CREATE INDEX log_anchor_by_chain ON log_anchor (chain, to_commit);

-- How many snapshots a group was made of: whether all of them are still there. Unknown of groups that a rebuild has found.
CREATE TABLE snapshot_group (
    group_id  TEXT PRIMARY KEY,
    snapshots INTEGER NOT NULL
);

-- Snapshots that a group backup is about to publish, until all of them are recorded: a part of a group is not kept.
CREATE TABLE unfinished_group (
    snapshot_id TEXT PRIMARY KEY,
    database_id TEXT NOT NULL REFERENCES database (id),
    group_id    TEXT NOT NULL
);
CREATE INDEX unfinished_group_by_group ON unfinished_group (group_id);

-- When a database was last seen to be in the state of a snapshot of it, so that no new one was needed.
CREATE TABLE sighting (
    snapshot_id TEXT PRIMARY KEY REFERENCES snapshot (id) ON DELETE CASCADE,
    seen_at     BIGINT NOT NULL
);

-- Which repositories this catalog was about, the present one last. One that is not adopted yet is about to be made.
CREATE TABLE adoption (
    number        INTEGER PRIMARY KEY,
    repository_id TEXT NOT NULL,
    begun_at      BIGINT NOT NULL,
    adopted_at    BIGINT
);

-- Which catalog this is, for ever: copies of it in the repository are told by that from those of another one.
CREATE TABLE catalog_identity (
    id TEXT PRIMARY KEY
);
INSERT INTO catalog_identity
SELECT substr(digits, 1, 8) || '-' || substr(digits, 9, 4) || '-4' || substr(digits, 14, 3) || '-8' || substr(digits, 18, 3) || '-' || substr(digits, 21)
FROM (SELECT lower(hex(randomblob(16))) AS digits);

-- From which copy of a lost catalog a rebuild has brought back what was set. Begun before any of it is there, ended when all is.
CREATE TABLE bringing_back (
    copy     TEXT PRIMARY KEY,
    begun_at BIGINT NOT NULL,
    ended_at BIGINT
);

-- What a lost catalog knew of snapshots whose manifests could not be read when it was brought back. They get it with their row.
CREATE TABLE awaited_snapshot (
    id            TEXT PRIMARY KEY,
    state         TEXT NOT NULL,
    verification  TEXT NOT NULL,
    level         TEXT,
    full_check_at BIGINT,
    sha256        TEXT,
    pinned        INTEGER NOT NULL,
    expires_at    BIGINT,
    labels        TEXT NOT NULL
);

-- When a stored layer was looked at last, and what was found: its damage, or why it could not be read; null for nothing.
CREATE TABLE layer_check (
    database_id TEXT NOT NULL,
    layer_id    TEXT NOT NULL,
    checked_at  BIGINT NOT NULL,
    finding     TEXT,
    PRIMARY KEY (database_id, layer_id)
);

-- Layers that no manifest names: deleted when they have been marked for the grace, and still none does.
CREATE TABLE unneeded_layer (
    database_id TEXT NOT NULL,
    layer_id    TEXT NOT NULL,
    bytes       BIGINT NOT NULL,
    marked_at   BIGINT NOT NULL,
    PRIMARY KEY (database_id, layer_id)
);

-- Copies of the repository, by their names in the settings. There is a row before anything is put: a place that is empty later is away.
CREATE TABLE repository_copy (
    name          TEXT PRIMARY KEY,
    location      TEXT NOT NULL,
    repository_id TEXT NOT NULL,
    made_at       BIGINT,  -- null: about to be made
    tried_at      BIGINT,
    succeeded_at  BIGINT,  -- when it last had all that the repository had
    listed_at     BIGINT,  -- when all that lies in both places was last compared
    problem_code  TEXT,    -- why it had not at the last try
    problem       TEXT,
    failures      INTEGER NOT NULL, -- tries that failed since the last that did not
    lacking       BIGINT NOT NULL,  -- snapshots that it lacked when the last try ended
    objects       BIGINT NOT NULL,
    bytes         BIGINT NOT NULL
);

-- What copies have, or are about to have: there is a row before the manifest is put there.
CREATE TABLE copied_snapshot (
    copy        TEXT NOT NULL,
    database_id TEXT NOT NULL,
    snapshot_id TEXT NOT NULL,
    begun       INTEGER NOT NULL, -- 1: its manifest may be there; 0: it is not wanted there, and was never put, or was deleted
    copied_at   BIGINT,  -- null: about to be there, or not there
    deleted_at  BIGINT,  -- when the repository's was deleted; null: it was not, as far as anybody knows
    was         TEXT,    -- what it was, as JSON, of one whose deletion has begun
    dropped_at  BIGINT,  -- since when it is to go from the copy, or not to come there
    PRIMARY KEY (copy, database_id, snapshot_id)
) WITHOUT ROWID;
CREATE INDEX copied_snapshot_by_snapshot ON copied_snapshot (snapshot_id, copy);
CREATE INDEX copied_snapshot_deleted ON copied_snapshot (copy, database_id) WHERE deleted_at IS NOT NULL;
CREATE INDEX copied_snapshot_dropped ON copied_snapshot (copy, database_id) WHERE dropped_at IS NOT NULL;

-- Layers that no manifest of a copy names, as unneeded_layer has those of the repository.
CREATE TABLE copy_unneeded_layer (
    copy        TEXT NOT NULL,
    database_id TEXT NOT NULL,
    layer_id    TEXT NOT NULL,
    marked_at   BIGINT NOT NULL,
    PRIMARY KEY (copy, database_id, layer_id)
) WITHOUT ROWID;

-- Of each log the segment that was last read by a check of the repository: the next one goes on behind it.
CREATE TABLE log_check (
    database_id  TEXT PRIMARY KEY,
    chain        TEXT NOT NULL,
    first_commit BIGINT NOT NULL,
    last_commit  BIGINT NOT NULL
);

-- Segments of logs of which the last look has found something: their damage, or why they could not be read.
CREATE TABLE log_finding (
    database_id  TEXT NOT NULL,
    chain        TEXT NOT NULL,
    first_commit BIGINT NOT NULL,
    last_commit  BIGINT NOT NULL,
    finding      TEXT NOT NULL,
    PRIMARY KEY (database_id, chain, first_commit, last_commit)
) WITHOUT ROWID;

-- Up to where chains of logs were let go: segments that begin before it are not needed, and what is missing behind it is lost.
CREATE TABLE log_cut (
    database_id   TEXT NOT NULL,
    chain         TEXT NOT NULL,
    before_commit BIGINT NOT NULL,
    PRIMARY KEY (database_id, chain)
) WITHOUT ROWID;

-- Restores to staging that were made as a proof, newest last. A drill outlives its snapshot and its job.
CREATE TABLE drill (
    id                  TEXT PRIMARY KEY,
    job_id              TEXT NOT NULL UNIQUE,
    database_id         TEXT NOT NULL REFERENCES database (id),
    snapshot_id         TEXT NOT NULL,
    snapshot_created_at BIGINT NOT NULL,
    snapshot_ordered_at BIGINT NOT NULL,
    level               TEXT NOT NULL,
    copy                TEXT, -- that alone was read; null: the repository alone
    passed              INTEGER NOT NULL,
    finished_at         BIGINT NOT NULL,
    restore_millis      BIGINT NOT NULL,
    check_millis        BIGINT NOT NULL,
    bytes               BIGINT NOT NULL,
    messages            TEXT NOT NULL,
    assertions          TEXT NOT NULL
);
CREATE INDEX drill_by_database ON drill (database_id, id);
CREATE INDEX drill_failed ON drill (database_id, id) WHERE passed = 0;

CREATE TABLE job (
    id               TEXT PRIMARY KEY,
    kind             TEXT NOT NULL,
    spec             TEXT NOT NULL,
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
    idempotency_key  TEXT, -- of the submitter: what others call their requests is theirs
    fingerprint      TEXT,
    submitter        TEXT -- who asked for it over HTTP; null: the service did by itself
);
-- What is claimed is ordered by priority, and few jobs wait. Lists are ordered by id.
CREATE INDEX job_to_claim ON job (priority DESC, run_at, id) WHERE state = 'QUEUED';
-- Those that were made after the clock had gone back: their ids are of a later time than they are.
CREATE INDEX job_after_its_time ON job (id, created_at) WHERE substr(id, 1, 8) || substr(id, 10, 4) > printf('%012x', created_at);
CREATE INDEX job_by_state ON job (state, id);
CREATE INDEX job_by_kind ON job (kind, id);
CREATE INDEX job_by_kind_and_state ON job (kind, state, id);
-- What ended in an hour is counted by kind and state, without a look at the jobs.
CREATE INDEX job_by_end ON job (finished_at, kind, state) WHERE finished_at IS NOT NULL;
CREATE UNIQUE INDEX job_by_idempotency_key ON job (idempotency_key, coalesce(submitter, '')) WHERE idempotency_key IS NOT NULL;
-- How many jobs of each submitter wait is counted whenever another one comes.
CREATE INDEX job_by_submitter ON job (state, submitter);

-- The databases that a job concerns, by name: one, several for a group backup, none for jobs about the whole repository.
CREATE TABLE job_database (
    job_id        TEXT NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    database_name TEXT NOT NULL,
    PRIMARY KEY (job_id, database_name)
);
CREATE INDEX job_database_by_name ON job_database (database_name, job_id);

-- The databases that no other job may change while a job runs: wanted while it is queued, held while it runs.
CREATE TABLE reservation (
    job_id      TEXT NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    database_id TEXT NOT NULL,
    held        INTEGER NOT NULL,
    PRIMARY KEY (job_id, database_id)
);
CREATE INDEX reservation_by_database ON reservation (database_id);
CREATE UNIQUE INDEX reservation_held ON reservation (database_id) WHERE held = 1;

-- What commands of the operator have frozen, or are about to, and has to be released by others. There is a row before the first of them runs.
CREATE TABLE file_system_snapshot (
    id         TEXT PRIMARY KEY,
    job_id     TEXT NOT NULL,
    node       TEXT NOT NULL,
    configured TEXT NOT NULL, -- the key of what is configured
    facts      TEXT NOT NULL, -- what the commands are told
    created_at BIGINT NOT NULL
);

-- The hooks that run after tries of backups. There is a row before anything is done around a try, and none once its hook has done its work.
CREATE TABLE owed_hook (
    database_id TEXT NOT NULL REFERENCES database (id) ON DELETE CASCADE,
    configured  TEXT NOT NULL, -- the key of what is configured
    job_id      TEXT NOT NULL,
    node        TEXT NOT NULL,
    state       TEXT NOT NULL, -- how the try has ended; FAILED until it has
    snapshot    TEXT,
    begun_at    BIGINT NOT NULL,
    due_at      BIGINT NOT NULL,
    PRIMARY KEY (database_id, configured)
);

-- What a restore has done to each of its targets, so that an attempt after a crash does not do it again, and what was there
-- before is not lost. There is a row before a target changes, with a result once it has.
CREATE TABLE restored_target (
    job_id          TEXT NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    path            TEXT NOT NULL,
    safety_snapshot TEXT,
    result          TEXT,
    PRIMARY KEY (job_id, path)
);

-- What is to be done with a database again and again. An empty database_id: what holds for all databases without a row of their own.
CREATE TABLE schedule (
    kind        TEXT NOT NULL,
    database_id TEXT NOT NULL,
    cron        TEXT NOT NULL,
    zone        TEXT NOT NULL,
    jitter      BIGINT NOT NULL, -- milliseconds
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
CREATE INDEX next_run_by_time ON next_run (due_at, database_id, kind);

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

-- Which snapshots stay. One row per database that has a policy of its own, and '' for the default of the others.
CREATE TABLE retention_policy (
    database_id TEXT PRIMARY KEY,
    policy      TEXT NOT NULL
);

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
CREATE INDEX delivery_by_end ON delivery (finished_at);
-- Each webhook is told by itself, so that none waits for another: what is due for one, in its order.
CREATE INDEX delivery_due ON delivery (webhook_id, next_attempt_at, id) WHERE state = 'PENDING';

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

-- Since when each registered database is how well protected, as far as was looked.
CREATE TABLE protection_since (
    database_name TEXT PRIMARY KEY,
    protection    TEXT NOT NULL,
    since         BIGINT NOT NULL
);

-- What the repository took at the last look of each day.
CREATE TABLE usage_day (
    day           TEXT PRIMARY KEY, -- in UTC
    counted_at    BIGINT NOT NULL,
    bytes         BIGINT NOT NULL,
    free_bytes    BIGINT NOT NULL,
    snapshots     BIGINT NOT NULL,
    logical_bytes BIGINT NOT NULL,
    databases     BIGINT NOT NULL
);

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

-- Browsers that are signed in. Of a session only the SHA-256 of what its cookie has is kept.
CREATE TABLE access_session (
    hash         TEXT PRIMARY KEY,
    token_id     TEXT NOT NULL REFERENCES access_token (id) ON DELETE CASCADE,
    started_at   BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL, -- however much it is used
    last_used_at BIGINT NOT NULL
);
CREATE INDEX access_session_by_token ON access_session (token_id, last_used_at);
CREATE INDEX access_session_by_end ON access_session (expires_at);

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
