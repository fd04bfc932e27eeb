package dev.afterimage.api.access;

import static dev.afterimage.problem.ProblemCode.ADMIN_TOKEN_IN_FILE;
import static dev.afterimage.problem.ProblemCode.INVALID_REQUEST;
import static dev.afterimage.problem.ProblemCode.TOKEN_NOT_FOUND;

import dev.afterimage.access.Caller;
import dev.afterimage.access.Scope;
import dev.afterimage.access.Tokens;
import dev.afterimage.api.fields.InvalidField;
import dev.afterimage.api.http.Listing;
import dev.afterimage.api.http.Needs;
import dev.afterimage.api.http.Problems;
import dev.afterimage.api.http.Reach;
import dev.afterimage.catalog.databases.VisibleDatabases;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.validation.Valid;
import java.net.URI;
import java.time.Clock;
import java.util.UUID;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** Who may use the API. */
@Tag(name = "Access")
@RestController
@RequestMapping(TokenController.PATH)
class TokenController {

    static final String PATH = "/api/v1/tokens";

    private final Tokens tokens;
    private final Clock clock;

    TokenController(Tokens tokens, Clock clock) {
        this.tokens = tokens;
        this.clock = clock;
    }

    @Needs(value = Scope.ADMIN, reach = Reach.SERVICE)
    @Operation(
            operationId = "listTokens",
            summary = "List the tokens",
            description = "Newest first, all of them, without their texts, which only their holders know.")
    @GetMapping
    Listing<TokenJson> list() {
        return new Listing<>(
                tokens.list().stream().map(token -> TokenJson.of(token, null)).toList(), null);
    }

    @Needs(value = Scope.ADMIN, reach = Reach.SERVICE)
    @Operation(
            operationId = "createToken",
            summary = "Create a token",
            description = "`token` of the answer is what its holder sends, and is shown this once.")
    @Problems(INVALID_REQUEST)
    @ResponseStatus(HttpStatus.CREATED)
    @PostMapping
    ResponseEntity<TokenJson> create(@Valid @RequestBody TokenRequest request, @AuthenticationPrincipal Caller caller) {
        var expiresAt = request.expiresAt();
        if (expiresAt != null && !expiresAt.isAfter(clock.instant())) {
            throw InvalidField.refused("expiresAt", "must be in the future");
        }
        var visible = new VisibleDatabases(request.databases());
        var made = tokens.add(request.name(), request.scope(), visible, expiresAt, caller.name());
        return ResponseEntity.created(URI.create(PATH + "/" + made.token().id()))
                .cacheControl(CacheControl.noStore())
                .body(TokenJson.of(made.token(), made.text()));
    }

    @Needs(value = Scope.ADMIN, reach = Reach.SERVICE)
    @Operation(operationId = "getToken", summary = "Show a token")
    @Problems({INVALID_REQUEST, TOKEN_NOT_FOUND})
    @GetMapping("/{id}")
    TokenJson get(@PathVariable UUID id) {
        return TokenJson.of(tokens.get(id), null);
    }

    @Needs(value = Scope.ADMIN, reach = Reach.SERVICE)
    @Operation(
            operationId = "deleteToken",
            summary = "Revoke a token",
            description =
                    "Requests that come later are refused. Those that wait for a job or follow one end soon; a download"
                            + " that has begun goes on to its end.")
    @Problems({INVALID_REQUEST, TOKEN_NOT_FOUND, ADMIN_TOKEN_IN_FILE})
    @ResponseStatus(HttpStatus.NO_CONTENT)
    @DeleteMapping("/{id}")
    void delete(@PathVariable UUID id) {
        tokens.remove(id);
    }
}
