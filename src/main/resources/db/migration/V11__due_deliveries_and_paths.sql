-- Each webhook is told by itself, so that none waits for another: what is due for one, in its order.
CREATE INDEX delivery_due ON delivery (webhook_id, next_attempt_at, id) WHERE state = 'PENDING';
DROP INDEX delivery_pending;

-- Discovery asks of each file that it registers whether its path is taken.
CREATE INDEX IF NOT EXISTS database_by_path ON database (path);
