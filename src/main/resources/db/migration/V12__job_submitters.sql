-- Who submitted a job over HTTP; null: the service did by itself.
ALTER TABLE job ADD COLUMN submitter TEXT;

-- How many jobs of each wait is counted whenever another one comes.
CREATE INDEX job_by_submitter ON job (state, submitter);
