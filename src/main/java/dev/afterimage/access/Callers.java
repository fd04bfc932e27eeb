package dev.afterimage.access;

import org.springframework.stereotype.Component;

/** Finds out who sent a credential. */
@Component
public class Callers {

    private final Tokens tokens;

    Callers(Tokens tokens) {
        this.tokens = tokens;
    }

    /** @throws UnauthenticatedException when it is not accepted */
    public Caller by(String credential) {
        if (TokenText.shapes(credential)) {
            return tokens.caller(new TokenText(credential));
        }
        throw UnauthenticatedException.unknown();
    }
}
