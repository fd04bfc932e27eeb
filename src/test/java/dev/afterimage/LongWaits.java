package dev.afterimage;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Whoever waits for something gives up only when it will not come, however busy the machine is. Registered for all tests by
 * {@code META-INF/services}.
 */
public final class LongWaits implements BeforeAllCallback {

    public static final Duration LONGEST = Duration.ofMinutes(3);

    @Override
    public void beforeAll(ExtensionContext context) {
        Awaitility.setDefaultTimeout(LONGEST);
    }
}
