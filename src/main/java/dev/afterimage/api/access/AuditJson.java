package dev.afterimage.api.access;

import dev.afterimage.access.AuditEntry;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** An entry of the audit, as answers have it. */
@Schema(name = "AuditEntry", description = "A request that changed something, gave out a content, or was refused")
record AuditJson(
        UUID id,

        @Schema(description = "When it came") Instant at,

        @Schema(description = "Id of the token, or subject of the JWT; null when nobody knows who it was") @Nullable
        String token,

        @Schema(description = "Name of the token, or subject of the JWT", example = "nightly-pipeline") @Nullable
        String name,

        @Schema(description = "As this document names it; null when it was refused before", example = "createBackup")
        @Nullable
        String operation,

        @Schema(example = "POST") String method,

        @Schema(description = "Without the query", example = "/api/v1/databases/orders/backups")
        String path,

        @Schema(description = "Names of those that it was about, as far as is known", example = "[\"orders\"]")
        List<String> databases,

        @Schema(description = "Path of what it made, such as a job") @Nullable
        String made,

        @Schema(
                description = "Of the other end of the connection; `others` when refusals came from very many",
                example = "10.1.2.3")
        String address,

        @Schema(description = "Header X-Request-Id of the answer")
        String requestId,

        @Schema(
                description = "Of the answer; null while it lasts, and when the service died meanwhile",
                example = "202")
        @Nullable
        Integer status,

        @Schema(description = "Code of the answer's problem; null when it is none") @Nullable
        String code,

        @Schema(
                description = "How many refusals of that address within a minute this stands for, of which it was the"
                        + " first; else 1",
                example = "1")
        long times) {

    static AuditJson of(AuditEntry entry) {
        var outcome = entry.outcome();
        return new AuditJson(
                entry.id(),
                entry.at(),
                entry.callerId(),
                entry.callerName(),
                entry.operation(),
                entry.method(),
                entry.path(),
                entry.databases(),
                entry.made(),
                entry.address(),
                entry.requestId(),
                outcome == null ? null : outcome.status(),
                outcome == null ? null : outcome.code(),
                entry.times());
    }
}
