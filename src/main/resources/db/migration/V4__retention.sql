-- Which snapshots stay. One row per database that has a policy of its own, and '' for the default of the others.
CREATE TABLE retention_policy (
    database_id TEXT PRIMARY KEY,
    policy      TEXT NOT NULL
);
