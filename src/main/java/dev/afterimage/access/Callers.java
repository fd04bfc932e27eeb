package dev.afterimage.access;

import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.time.Clock;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.stereotype.Component;

/** Finds out who sent a credential. */
@Component
public class Callers {

    private final Tokens tokens;
    private final Sessions sessions;
    private final @Nullable JwtCallers jwts;
    private final Clock clock;

    Callers(Tokens tokens, Sessions sessions, ObjectProvider<JwtCallers> jwts, Clock clock) {
        this.tokens = tokens;
        this.sessions = sessions;
        this.jwts = jwts.getIfAvailable();
        this.clock = clock;
    }

    /**
     * By a token of this service, or else a JWT, if such are accepted.
     *
     * @throws ProblemException UNAUTHENTICATED when it is not accepted
     * @throws ProblemException ISSUER_UNREACHABLE when that cannot be found out
     */
    public Caller by(String credential) {
        if (TokenText.shapes(credential)) {
            return tokens.caller(new TokenText(credential));
        }
        if (jwts == null || credential.startsWith(TokenText.PREFIX)) {
            throw unknown(null);
        }
        return jwts.caller(credential);
    }

    /** Says nothing of why a credential is not accepted: whether it ever existed is nobody's business. */
    public static ProblemException unknown(@Nullable Throwable cause) {
        return new ProblemException(
                Problem.of(ProblemCode.UNAUTHENTICATED, "The token of this request is not accepted"), cause);
    }

    /** Whether somebody who was let in would still be. */
    public boolean accepts(Caller caller) {
        return switch (caller.proof()) {
            case Proof.OfToken(var id) -> tokens.accepts(id);
            case Proof.OfSession session -> sessions.find(session).isPresent();
            case Proof.OfJwt(var until) -> clock.instant().isBefore(until);
        };
    }
}
