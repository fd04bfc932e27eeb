package dev.afterimage.api.access;

import static dev.afterimage.problem.ProblemCode.INVALID_REQUEST;
import static dev.afterimage.problem.ProblemCode.UNAUTHENTICATED;

import dev.afterimage.access.Caller;
import dev.afterimage.access.Callers;
import dev.afterimage.access.Proof;
import dev.afterimage.access.Scope;
import dev.afterimage.access.Sessions;
import dev.afterimage.access.Tokens;
import dev.afterimage.api.fields.InvalidField;
import dev.afterimage.api.http.Needs;
import dev.afterimage.api.http.Problems;
import dev.afterimage.api.http.Reach;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.validation.Valid;
import org.springframework.http.HttpStatus;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** Browsers sign in and out. */
@Tag(name = "Access")
@RestController
@RequestMapping("/api/v1")
class SessionController {

    static final String PATH = "/api/v1/session";

    private final Callers callers;
    private final Sessions sessions;
    private final Tokens tokens;
    private final SessionCookie cookie;

    SessionController(Callers callers, Sessions sessions, Tokens tokens, SessionCookie cookie) {
        this.callers = callers;
        this.sessions = sessions;
        this.tokens = tokens;
        this.cookie = cookie;
    }

    @Needs(value = Scope.READ, reach = Reach.NONE, everybody = true)
    @Operation(
            operationId = "createSession",
            summary = "Sign in",
            description =
                    "Sets a cookie that stands for the token in all requests of this browser, until `DELETE` ends the"
                            + " session, it was not used for `afterimage.access.session.idle`, or the token is revoked or expires. It"
                            + " outlives a restart of the service. Requests by the cookie that change something must come from a page"
                            + " of this service (CROSS_ORIGIN).")
    @Problems({INVALID_REQUEST, UNAUTHENTICATED})
    @ResponseStatus(HttpStatus.NO_CONTENT)
    @PostMapping("/session")
    void create(@Valid @RequestBody SessionRequest body, HttpServletRequest request, HttpServletResponse response) {
        RequestOrigin.requireIfNamed(request);
        var caller = callers.by(body.token());
        if (!(caller.proof() instanceof Proof.OfToken(var tokenId))) {
            throw InvalidField.refused("token", "must be a token of this service; a JWT is sent with each request");
        }
        CurrentCaller.set(caller); // for the audit
        var opened = sessions.open(tokenId);
        endThoseOf(request); // one browser, one session; and never one that others may have put there
        cookie.set(request, response, opened);
    }

    private void endThoseOf(HttpServletRequest request) {
        cookie.values(request).forEach(text -> sessions.caller(text).ifPresent(this::end));
    }

    private void end(Caller caller) {
        if (caller.proof() instanceof Proof.OfSession session) {
            sessions.end(session);
        }
    }

    @Needs(value = Scope.READ, reach = Reach.NONE, everybody = true)
    @Operation(
            operationId = "deleteSession",
            summary = "Sign out",
            description =
                    "Ends the session of the cookie, and takes the cookie away; also when it has ended already, or"
                            + " there is none.")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    @DeleteMapping("/session")
    void delete(HttpServletRequest request, HttpServletResponse response) {
        endThoseOf(request);
        cookie.clear(request, response);
    }

    @Needs(value = Scope.READ, reach = Reach.NONE)
    @Operation(
            operationId = "getMe",
            summary = "Show who sends this request",
            description = "What its token may do, and until when.")
    @GetMapping("/me")
    MeJson me(@AuthenticationPrincipal Caller caller) {
        return switch (caller.proof()) {
            case Proof.OfToken(var id) -> MeJson.of(tokens.get(id));
            case Proof.OfSession proof -> MeJson.of(sessions.find(proof).orElseThrow(() -> Callers.unknown(null)));
            case Proof.OfJwt jwt -> MeJson.of(caller, jwt);
        };
    }
}
