package dev.afterimage.access;

import dev.afterimage.lifecycle.StartStep;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Sees to it at each start that somebody can use the API: what the file has is the admin token, whoever wrote it, and where
 * there is no file one is made. So a lost or published admin token is replaced by deleting the file and starting again.
 */
@Component
class AdminToken extends StartStep {

    private static final Logger log = LoggerFactory.getLogger(AdminToken.class);

    private final AdminTokenFile file;
    private final Tokens tokens;

    AdminToken(AdminTokenFile file, Tokens tokens) {
        super(0);
        this.file = file;
        this.tokens = tokens;
    }

    /** Crash order: first the file, then the catalog; a token that only the file has is taken up by the next start. */
    @Override
    protected void take() {
        try {
            var text = file.read().orElse(null);
            if (text == null) {
                text = TokenText.random();
                file.write(text);
                log.info("A new admin token is in {}", file.path());
            }
            tokens.makeAdmin(text);
        } catch (IOException e) {
            throw new UncheckedIOException("The admin token cannot be read or made: " + file.path(), e);
        }
    }
}
