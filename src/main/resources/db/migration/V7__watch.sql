-- How old the last good state of a database may be, in milliseconds; null: as it is configured.
ALTER TABLE database ADD COLUMN max_age BIGINT;

-- Since when its file is not there.
ALTER TABLE database ADD COLUMN missing_since BIGINT;
