package dev.afterimage;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.List;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.slf4j.LoggerFactory;

/** Hears what is logged during each test. */
public final class LogListener implements BeforeEachCallback, AfterEachCallback {

    private final Logger logger;
    private ListAppender<ILoggingEvent> log = new ListAppender<>();

    private LogListener(Logger logger) {
        this.logger = logger;
    }

    /** @param logger by name; that of the root hears all */
    public static LogListener of(String logger) {
        return new LogListener((Logger) LoggerFactory.getLogger(logger));
    }

    @Override
    public void beforeEach(ExtensionContext test) {
        log = new ListAppender<>();
        log.start();
        logger.addAppender(log);
    }

    @Override
    public void afterEach(ExtensionContext test) {
        logger.detachAppender(log);
    }

    /** In the present test, and by all threads. */
    public List<ILoggingEvent> heard() {
        return log.list;
    }
}
