package dev.afterimage.access;

import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A request that changed something, or would have, or gave out the content of a database, or was refused.
 *
 * @param callerId of the token, or the subject of the JWT; null when nobody knows who it was
 * @param operation the operation id; null when it was refused before that was clear
 * @param path without the query
 * @param databases names of those that it was about, as far as is known
 * @param made path of what it made, such as a job
 * @param address of the other end of the connection
 * @param outcome null while it lasts, and for good when the service died meanwhile
 * @param times how many such requests this stands for, of which it was the first
 */
public record AuditEntry(
        UUID id,
        Instant at,
        @Nullable String callerId,
        @Nullable String callerName,
        @Nullable String operation,
        String method,
        String path,
        List<String> databases,
        @Nullable String made,
        String address,
        String requestId,
        @Nullable Outcome outcome,
        long times) {

    /**
     * How a request ended.
     *
     * @param status of the answer
     * @param code of its problem; null when it is none
     */
    public record Outcome(int status, @Nullable String code) {}

    public AuditEntry {
        databases = List.copyOf(databases);
    }

    /** The same, from another address. */
    AuditEntry from(String other) {
        return new AuditEntry(
                id,
                at,
                callerId,
                callerName,
                operation,
                method,
                path,
                databases,
                made,
                other,
                requestId,
                outcome,
                times);
    }

    /** The same, with its end. */
    public AuditEntry ended(Outcome outcome, List<String> databases, @Nullable String made) {
        return new AuditEntry(
                id,
                at,
                callerId,
                callerName,
                operation,
                method,
                path,
                databases,
                made,
                address,
                requestId,
                outcome,
                times);
    }
}
