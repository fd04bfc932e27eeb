package dev.afterimage.catalog;

import java.util.List;
import java.util.Locale;

/**
 * What of the catalog a {@link CatalogCopy} has: what was set, and what is known of snapshots and not in their manifests. Left out is what
 * is over (jobs, runs, deliveries, the audit), what the manifests have, and what is found anew.
 */
enum CopiedTable {
    DATABASE(
            "id",
            "name",
            "path",
            "given_path",
            "labels",
            "node",
            "created_at",
            "removed_at",
            "max_age",
            "max_full_check_age",
            "require_copy"),
    SNAPSHOT(
            "deleted_at IS NULL",
            List.of(
                    "id",
                    "state",
                    "verification",
                    "level",
                    "full_check_at",
                    "sha256",
                    "pinned",
                    "expires_at",
                    "labels")),
    SNAPSHOT_CHECK(
            "id",
            "snapshot_id",
            "level",
            "passed",
            "started_at",
            "finished_at",
            "messages",
            "content_violations",
            "content_messages",
            "foreign_key_violations",
            "unproven"),
    SNAPSHOT_GROUP("group_id", "snapshots"),
    SIGHTING("snapshot_id", "seen_at"),
    COLLAPSE(
            "snapshot_id",
            "database_id",
            "before_id",
            "at",
            "ordered_at",
            "bytes_before",
            "bytes",
            "tables_before",
            "tables",
            "told",
            "acknowledged_at"),
    DRILL(
            "id",
            "job_id",
            "database_id",
            "snapshot_id",
            "snapshot_created_at",
            "snapshot_ordered_at",
            "level",
            "copy",
            "passed",
            "finished_at",
            "restore_millis",
            "check_millis",
            "bytes",
            "messages",
            "assertions"),
    FOLLOW("database_id", "every", "window", "snapshot_every", "beside_source", "wal_limit", "paused", "since"),
    LOG_CHAIN(
            "id",
            "database_id",
            "first_commit",
            "continuity",
            "begun_at",
            "window",
            "seen_until",
            "compared_at",
            "differing_pages"),
    RETENTION_POLICY("database_id", "policy"),
    SCHEDULE("kind", "database_id", "cron", "zone", "jitter", "paused", "work"),
    WEBHOOK("id", "url", "events", "databases", "secret", "paused", "created_at"),
    HEARTBEAT("database_id", "url", "attempts", "delivered_at", "status", "error"),

    /** Without the admin token: that belongs to the home with its file. */
    ACCESS_TOKEN(
            "of_file = 0",
            List.of(
                    "id",
                    "name",
                    "hash",
                    "scope",
                    "databases",
                    "of_file",
                    "created_at",
                    "created_by",
                    "expires_at",
                    "last_used_at"));

    private final String condition;

    @SuppressWarnings("ImmutableEnumChecker") // made by List.of
    private final List<String> columns;

    CopiedTable(String... columns) {
        this("TRUE", List.of(columns));
    }

    CopiedTable(String condition, List<String> columns) {
        this.condition = condition;
        this.columns = columns;
    }

    String table() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Which of its rows are copied, in SQL. */
    String condition() {
        return condition;
    }

    List<String> columns() {
        return columns;
    }
}
