package dev.afterimage.access;

/**
 * A token that was just made.
 *
 * @param text what its holder sends; nobody can learn it later
 */
public record NewToken(Token token, String text) {

    /** Without the text: this may end up in a log. */
    @Override
    public String toString() {
        return token.toString();
    }
}
