package dev.afterimage.api.http;

import dev.afterimage.lifecycle.PeriodicThread;
import dev.afterimage.lifecycle.StopTime;
import java.time.Duration;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * Breaks off requests, such as long downloads, that go on when the time of a stop is over. The web server alone would wait for them for a
 * time of its own, after all that others took.
 */
@Component
class RequestsEnd implements SmartLifecycle {

    /** Of the time in all, for what is closed after the web server. */
    private static final Duration FOR_THE_REST = Duration.ofSeconds(1);

    private final WebServerApplicationContext context;
    private final StopTime time;
    private volatile boolean running;

    RequestsEnd(WebServerApplicationContext context, StopTime time) {
        this.context = context;
        this.time = time;
    }

    @Override
    public void start() {
        running = true;
    }

    /** Only when the service stops for good: by then a server that was started again would be stopped under its clients. */
    @Override
    public void stop() {
        running = false;
        var server = context.getWebServer();
        if (time.hasBegun() && server != null) {
            var left = time.inAll().minus(FOR_THE_REST);
            new PeriodicThread("requests-end").once(left.isNegative() ? Duration.ZERO : left, server::stop);
        }
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /** Before the web server waits for its requests. */
    @Override
    public int getPhase() {
        return WebServerApplicationContext.GRACEFUL_SHUTDOWN_PHASE + 1;
    }
}
