package dev.afterimage.access;

import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.stereotype.Component;

/** Finds out who sent a credential. */
@Component
public class Callers {

    private final Tokens tokens;
    private final @Nullable JwtCallers jwts;

    Callers(Tokens tokens, ObjectProvider<JwtCallers> jwts) {
        this.tokens = tokens;
        this.jwts = jwts.getIfAvailable();
    }

    /**
     * By a token of this service, or else a JWT, if such are accepted.
     *
     * @throws UnauthenticatedException when it is not accepted
     * @throws IssuerUnreachableException when that cannot be found out
     */
    public Caller by(String credential) {
        if (TokenText.shapes(credential)) {
            return tokens.caller(new TokenText(credential));
        }
        if (jwts == null || credential.startsWith(TokenText.PREFIX)) {
            throw UnauthenticatedException.unknown();
        }
        return jwts.caller(credential);
    }
}
