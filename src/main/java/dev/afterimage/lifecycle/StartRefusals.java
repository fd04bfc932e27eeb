package dev.afterimage.lifecycle;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.SpringBootExceptionReporter;
import org.springframework.boot.web.server.PortInUseException;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/** Tells in one line why the service does not start, where others would show a hundred lines of where that was found. */
@Order(Ordered.HIGHEST_PRECEDENCE)
final class StartRefusals implements SpringBootExceptionReporter {

    private static final Logger log = LoggerFactory.getLogger(StartRefusals.class);

    @Override
    public boolean reportException(Throwable failure) {
        for (@Nullable Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof StartRefusedException refused) {
                log.error("Afterimage does not start: {}", refused.getMessage());
                return true;
            }
            if (cause instanceof PortInUseException taken) {
                log.error(
                        "Afterimage does not start: port {} is in use. Give it another one by the setting server.port,"
                                + " or the variable SERVER_PORT.",
                        taken.getPort());
                return true;
            }
        }
        return false;
    }
}
