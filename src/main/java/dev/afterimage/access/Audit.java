package dev.afterimage.access;

import dev.afterimage.catalog.Catalog;
import dev.afterimage.catalog.Page;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** What was done through the API. Nothing of it can be changed or deleted by a request. */
@Component
public class Audit {

    private final Catalog catalog;
    private final AccessSettings.AuditSettings settings;
    private final Clock clock;

    Audit(Catalog catalog, AccessSettings settings, Clock clock) {
        this.catalog = catalog;
        this.settings = settings.audit();
        this.clock = clock;
    }

    /** Adds an entry, which survives a crash once this returns. */
    public void add(AuditEntry entry) {
        var outcome = entry.outcome();
        catalog.update("""
                        INSERT INTO audit (id, at, caller_id, caller_name, operation, method, path, databases, made,
                            address, request_id, status, code, times)
                        VALUES (:id, :at, :callerId, :callerName, :operation, :method, :path, :databases, :made,
                            :address, :requestId, :status, :code, :times)
                        """)
                .param("id", entry.id().toString())
                .param("at", entry.at().toEpochMilli())
                .param("callerId", entry.callerId())
                .param("callerName", entry.callerName())
                .param("operation", entry.operation())
                .param("method", entry.method())
                .param("path", entry.path())
                .param("databases", catalog.toJson(entry.databases()))
                .param("made", entry.made())
                .param("address", entry.address())
                .param("requestId", entry.requestId())
                .param("status", outcome == null ? null : outcome.status())
                .param("code", outcome == null ? null : outcome.code())
                .param("times", entry.times())
                .update();
    }

    /** Notes how a request ended, and what became known of it meanwhile. */
    public void end(AuditEntry ended) {
        var outcome = ended.outcome();
        catalog.update("""
                        UPDATE audit SET status = :status, code = :code, databases = :databases, made = :made
                        WHERE id = :id AND status IS NULL
                        """)
                .param("status", outcome == null ? null : outcome.status())
                .param("code", outcome == null ? null : outcome.code())
                .param("databases", catalog.toJson(ended.databases()))
                .param("made", ended.made())
                .param("id", ended.id().toString())
                .update();
    }

    /** Notes that an entry stands for more requests. */
    void count(UUID id, long times) {
        catalog.update("UPDATE audit SET times = :times WHERE id = :id")
                .param("times", times)
                .param("id", id.toString())
                .update();
    }

    /** Newest first, those older than {@code after}. */
    public Page<AuditEntry, UUID> list(AuditFilter filter, @Nullable UUID after, int limit) {
        var rows = catalog.query("""
                        SELECT * FROM audit
                        WHERE (:caller IS NULL OR caller_id = :caller)
                          AND (:database IS NULL OR :database IN (SELECT value FROM json_each(databases)))
                          AND (:from IS NULL OR at >= :from)
                          AND (:to IS NULL OR at < :to)
                          AND (:after IS NULL OR id < :after)
                        ORDER BY id DESC LIMIT :limit
                        """)
                .param("caller", filter.caller())
                .param("database", filter.database())
                .param("from", Catalog.millis(filter.from()))
                .param("to", Catalog.millis(filter.to()))
                .param("after", after == null ? null : after.toString())
                .param("limit", limit + 1)
                .query(this::entry)
                .list();
        return Page.of(rows, limit, AuditEntry::id);
    }

    /**
     * Forgets what is older than {@code afterimage.access.audit.keep}, and the oldest beyond {@code max-rows}: what changed
     * something last, so that nobody who may only look can ask for so much that a change is forgotten.
     */
    void forget() {
        catalog.deleteAll(
                "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at < :before LIMIT :atOnce)",
                Map.of("before", clock.instant().minus(settings.keep()).toEpochMilli()));
        forgetOldest("method IN ('GET', 'HEAD') OR status IN (401, 403, 404)");
        forgetOldest("TRUE");
    }

    private void forgetOldest(String condition) {
        catalog.deleteAll("""
                DELETE FROM audit WHERE id IN (
                    SELECT id FROM audit WHERE %s
                    ORDER BY id LIMIT min(:atOnce, max(0, (SELECT count(*) FROM audit) - :kept)))
                """.formatted(condition), Map.of("kept", settings.maxRows()));
    }

    private AuditEntry entry(ResultSet row, int number) throws SQLException {
        int status = row.getInt("status");
        return new AuditEntry(
                UUID.fromString(row.getString("id")),
                Instant.ofEpochMilli(row.getLong("at")),
                row.getString("caller_id"),
                row.getString("caller_name"),
                row.getString("operation"),
                row.getString("method"),
                row.getString("path"),
                catalog.stringList(row.getString("databases")),
                row.getString("made"),
                row.getString("address"),
                row.getString("request_id"),
                status == 0 ? null : new AuditEntry.Outcome(status, row.getString("code")),
                row.getLong("times"));
    }
}
