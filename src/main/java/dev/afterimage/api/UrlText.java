package dev.afterimage.api;

import java.net.URI;
import java.net.URISyntaxException;

/** URLs as requests write them, in a field {@code url}. */
final class UrlText {

    private UrlText() {}

    /** @throws InvalidRequestException when it is none */
    static URI parse(String text) {
        try {
            return new URI(text);
        } catch (URISyntaxException e) {
            throw new InvalidRequestException("url", "must be a URL");
        }
    }
}
