package dev.afterimage.api.access;

import static dev.afterimage.problem.ProblemCode.INVALID_REQUEST;

import dev.afterimage.access.Audit;
import dev.afterimage.access.AuditFilter;
import dev.afterimage.access.Scope;
import dev.afterimage.api.http.Cursor;
import dev.afterimage.api.http.Listing;
import dev.afterimage.api.http.Needs;
import dev.afterimage.api.http.PageQuery;
import dev.afterimage.api.http.Problems;
import dev.afterimage.api.http.Reach;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.validation.Valid;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.ModelAttribute;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** What was done through the API. */
@Tag(name = "Access")
@RestController
class AuditController {

    private final Audit audit;

    AuditController(Audit audit) {
        this.audit = audit;
    }

    @Needs(value = Scope.ADMIN, reach = Reach.SERVICE)
    @Operation(
            operationId = "listAudit",
            summary = "List the audit log",
            description = "Newest first: each request that changed something or would have, that downloaded a content,"
                    + " or that was refused. No request changes or deletes an entry; the service forgets them after"
                    + " `afterimage.access.audit.keep`.")
    @Problems(INVALID_REQUEST)
    @GetMapping("/api/v1/audit")
    Listing<AuditJson> list(
            @Parameter(description = "Only what was done with this token: its id, or the subject of a JWT")
                    @RequestParam(required = false)
                    @Nullable
                    String token,
            @Parameter(description = "Only what was about this database", example = "orders")
                    @RequestParam(required = false)
                    @Nullable
                    String database,
            @Parameter(description = "Earliest time, inclusive, such as 2026-01-01T00:00:00Z")
                    @RequestParam(required = false)
                    @Nullable
                    Instant from,
            @Parameter(description = "Latest time, exclusive") @RequestParam(required = false) @Nullable Instant to,
            @Valid @ModelAttribute PageQuery part) {
        var page = audit.list(new AuditFilter(token, database, from, to), Cursor.id(part.cursor()), part.limit());
        return Listing.of(page, AuditJson::of);
    }
}
