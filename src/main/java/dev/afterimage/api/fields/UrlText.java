package dev.afterimage.api.fields;

import java.net.URI;
import java.net.URISyntaxException;

/** URLs as requests write them, in a field {@code url}. */
public final class UrlText {

    private UrlText() {}

    /** @throws dev.afterimage.problem.ProblemException INVALID_REQUEST when it is none */
    public static URI parse(String text) {
        try {
            return new URI(text);
        } catch (URISyntaxException e) {
            throw InvalidField.refused("url", "must be a URL");
        }
    }
}
