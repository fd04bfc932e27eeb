package dev.afterimage.api.access;

import dev.afterimage.access.Caller;
import dev.afterimage.access.Proof;
import dev.afterimage.access.Scope;
import dev.afterimage.access.Sessions.Session;
import dev.afterimage.access.Token;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Who sends a request, as answers have it. */
@Schema(name = "Me", description = "Who sends this request, and what that caller may do")
record MeJson(
        @Schema(description = "Of the token, or the subject of the JWT", example = "nightly-pipeline")
        String name,

        @Schema(description = "Of the token; null for a JWT") @Nullable
        UUID tokenId,

        Scope scope,

        @Schema(description = "Names and labels of the databases that exist for the caller; null for all") @Nullable
        List<String> databases,

        @Schema(description = "When the token or the JWT expires; null for never") @Nullable
        Instant expiresAt,

        @Schema(
                description =
                        "TOKEN and JWT came with this request, SESSION stands for a token that somebody signed in with")
        By signedInBy,

        @Schema(description = "null unless `signedInBy` is SESSION") @Nullable
        SessionJson session) {

    enum By {
        TOKEN,
        JWT,
        SESSION
    }

    @Schema(name = "Session", description = "A browser that is signed in")
    record SessionJson(
            Instant startedAt,

            @Schema(description = "When it ends, however much it is used")
            Instant expiresAt,

            @Schema(description = "When it ends unless there is another request before")
            Instant idleAt) {

        static SessionJson of(Session session) {
            return new SessionJson(session.startedAt(), session.expiresAt(), session.idleAt());
        }
    }

    static MeJson of(Token token) {
        return of(token, By.TOKEN, null);
    }

    static MeJson of(Session session) {
        return of(session.token(), By.SESSION, SessionJson.of(session));
    }

    private static MeJson of(Token token, By by, @Nullable SessionJson session) {
        return new MeJson(
                token.name(), token.id(), token.scope(), token.visible().entries(), token.expiresAt(), by, session);
    }

    /** @param caller has a scope: without one the operation is refused */
    static MeJson of(Caller caller, Proof.OfJwt jwt) {
        return new MeJson(
                caller.name(),
                null,
                Objects.requireNonNull(caller.scope()),
                caller.visible().entries(),
                jwt.until(),
                By.JWT,
                null);
    }
}
