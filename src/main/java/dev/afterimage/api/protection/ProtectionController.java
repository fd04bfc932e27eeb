package dev.afterimage.api.protection;

import static dev.afterimage.problem.ProblemCode.DATABASE_NOT_FOUND;
import static dev.afterimage.problem.ProblemCode.INVALID_REQUEST;

import dev.afterimage.access.Caller;
import dev.afterimage.access.Scope;
import dev.afterimage.api.http.Cursor;
import dev.afterimage.api.http.Needs;
import dev.afterimage.api.http.PageQuery;
import dev.afterimage.api.http.Problems;
import dev.afterimage.api.http.Reach;
import dev.afterimage.catalog.databases.Databases;
import dev.afterimage.protection.DatabaseProtection;
import dev.afterimage.protection.Protections;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.validation.Valid;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.ModelAttribute;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** How well databases are protected, for scripts that look at nothing but the status of the answer. */
@Tag(name = "Protection")
@RestController
@RequestMapping("/api/v1")
class ProtectionController {

    private final Databases databases;
    private final Protections protections;

    ProtectionController(Databases databases, Protections protections) {
        this.databases = databases;
        this.protections = protections;
    }

    @Needs(value = Scope.READ, reach = Reach.DATABASE)
    @Operation(
            operationId = "getDatabaseProtection",
            summary = "Show whether a database is protected",
            description = "200 when it is PROTECTED, 503 when it is not; the body is the same, and tells why.")
    @ApiResponse(responseCode = "200", description = "It is PROTECTED")
    @ApiResponse(
            responseCode = "503",
            description = "It is STALE, COLLAPSED, FAILING or UNPROTECTED",
            content = @Content(mediaType = "application/json", schema = @Schema(implementation = ProtectionJson.class)))
    @Problems(DATABASE_NOT_FOUND)
    @GetMapping("/databases/{name}/protection")
    ResponseEntity<ProtectionJson> get(@PathVariable String name) {
        var protection = protections.of(databases.get(name));
        return ResponseEntity.status(status(protection.isProtected())).body(ProtectionJson.of(protection));
    }

    @Needs(value = Scope.READ, reach = Reach.REQUEST)
    @Operation(
            operationId = "getProtection",
            summary = "Show whether all databases are protected",
            description = "200 when all are PROTECTED, 503 when one is not. Lists those that are not, by name.")
    @ApiResponse(responseCode = "200", description = "All are PROTECTED")
    @ApiResponse(
            responseCode = "503",
            description = "At least one is STALE, COLLAPSED, FAILING or UNPROTECTED",
            content =
                    @Content(mediaType = "application/json", schema = @Schema(implementation = ProtectionsJson.class)))
    @Problems(INVALID_REQUEST)
    @GetMapping("/protection")
    ResponseEntity<ProtectionsJson> list(
            @Valid @ModelAttribute PageQuery part, @AuthenticationPrincipal Caller caller) {
        var all = protections.all(caller.visible());
        return ResponseEntity.status(status(all.stream().allMatch(DatabaseProtection::isProtected)))
                .body(ProtectionsJson.of(all, Cursor.key(part.cursor()), part.limit()));
    }

    private static HttpStatus status(boolean allProtected) {
        return allProtected ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE;
    }
}
