"""Many small databases, and the catalog of somebody who has had them for years."""

import contextlib
import shutil
import sqlite3

PER_DIRECTORY = 100
MARK = b"database-number-00000000"
HOUR = 3_600_000

# Version 7 of a UUID whose time is :millis, so that ids sort as those of the service do.
ID = ("printf('%08x-%04x-7%03x-8%03x-%012x', {millis} >> 16, {millis} & 65535, "
      "abs(random()) % 4096, abs(random()) % 4096, abs(random()) % 281474976710656)")


def databases(folder, count):
    """Files of 12 KiB, each with a content of its own, in WAL mode."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    template = template_of(folder / "template")
    for number in range(count):
        directory = folder / f"{number // PER_DIRECTORY:04d}"
        directory.mkdir(exist_ok=True)
        (directory / f"{number:06d}.db").write_bytes(template.replace(MARK, b"database-number-%08d" % number))
    return folder


def template_of(file):
    with contextlib.closing(sqlite3.connect(file)) as database:
        for statement in ("PRAGMA page_size = 4096", "PRAGMA journal_mode = WAL",
                          "CREATE TABLE orders (id INTEGER PRIMARY KEY, note TEXT)", "CREATE INDEX orders_note ON orders (note)"):
            database.execute(statement)
        database.executemany("INSERT INTO orders (note) VALUES (?)", [(f"{MARK.decode()} {i}",) for i in range(20)])
        database.commit()
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = file.read_bytes()
    assert len(content) == 12_288 and content.count(MARK) == 40, len(content)
    file.unlink()
    return content


def grow(catalog, rows):
    """Repeats the jobs and snapshots of the catalog of a stopped service, an hour older each time, until there are so many rows.

    What they say of files in the repository is not true: lists do not look at them. Of the jobs one in a hundred has FAILED, of the
    snapshots one in a thousand; one in ten has the label `environment`, one in ten thousand `ticket`.
    """
    with contextlib.closing(sqlite3.connect(catalog, isolation_level=None)) as database:
        for statement in ("PRAGMA synchronous = OFF", "PRAGMA cache_size = -200000", "BEGIN"):
            database.execute(statement)
        repeat_snapshots(database, rows)
        repeat_jobs(database, rows)
        database.execute("COMMIT")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def repeat_snapshots(database, rows):
    columns = [row[1] for row in database.execute("PRAGMA table_info(snapshot)")]
    changed = {
        "id": ID.format(millis="(snapshot.created_at - times.n * :hour)"),
        "created_at": "snapshot.created_at - times.n * :hour",
        "verification": "CASE abs(random()) % 1000 WHEN 0 THEN 'FAILED' ELSE snapshot.verification END",
        "labels": "CASE abs(random()) % 10000 WHEN 0 THEN '{\"ticket\":\"4711\"}' ELSE "
                  "CASE abs(random()) % 10 WHEN 0 THEN '{\"environment\":\"production\"}' ELSE '{}' END END",
    }
    repeat(database, "snapshot", columns, changed, rows)
    if database.execute("SELECT 1 FROM sqlite_schema WHERE name = 'snapshot_label'").fetchone():
        database.execute("""
            INSERT OR IGNORE INTO snapshot_label (snapshot_id, key, value, created_at)
            SELECT snapshot.id, label.key, label.value, snapshot.created_at FROM snapshot, json_each(snapshot.labels) AS label""")


def repeat_jobs(database, rows):
    columns = [row[1] for row in database.execute("PRAGMA table_info(job)")]
    failed = "abs(random()) % 100 = 0"
    database.execute("CREATE TEMP TABLE job_databases AS SELECT id AS job_id, job_database.database_name FROM job "
                     "JOIN job_database ON job_database.job_id = job.id")
    changed = {
        "id": ID.format(millis="(job.created_at - times.n * :hour)"),
        **{time: f"job.{time} - times.n * :hour" for time in ("created_at", "run_at", "started_at", "finished_at")},
        "idempotency_key": "NULL",
        "fingerprint": "job.id",  # for the moment: which job it repeats
    }
    repeat(database, "job", columns, changed, rows)
    database.execute("""
        INSERT OR IGNORE INTO job_database (job_id, database_name)
        SELECT job.id, job_databases.database_name FROM job JOIN job_databases ON job_databases.job_id = job.fingerprint""")
    database.execute(f"""
        UPDATE job SET state = 'FAILED', result = NULL, problem = '{{"code":"SOURCE_LOCKED","detail":"made by the benchmark",
            "hint":"none","retryable":true,"properties":{{}}}}' WHERE idempotency_key IS NULL AND {failed}""")


def repeat(database, table, columns, changed, rows):
    have = max(1, database.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
    times = max(0, rows // have - 1)
    values = ", ".join(changed.get(column, f"{table}.{column}") for column in columns)
    database.execute(f"""
        WITH RECURSIVE times (n) AS (SELECT 1 WHERE :times > 0 UNION ALL SELECT n + 1 FROM times WHERE n < :times)
        INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM times CROSS JOIN {table}""",
        {"times": times, "hour": HOUR})
