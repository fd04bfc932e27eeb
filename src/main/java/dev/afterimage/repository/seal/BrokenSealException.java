package dev.afterimage.repository.seal;

import java.io.IOException;

/** What is stored is not what was sealed under that name, with that key. */
public final class BrokenSealException extends IOException {

    private static final long serialVersionUID = 1L;

    BrokenSealException(String message) {
        super(message);
    }
}
