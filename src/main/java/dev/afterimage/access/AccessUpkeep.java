package dev.afterimage.access;

import dev.afterimage.lifecycle.PeriodicThread;
import dev.afterimage.lifecycle.PeriodicWork;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Writes once a minute what requests left in memory, so that none waits for the catalog's writer because of it. */
@Component
class AccessUpkeep extends PeriodicWork {

    private static final Logger log = LoggerFactory.getLogger(AccessUpkeep.class);
    private static final Duration PERIOD = Duration.ofMinutes(1);
    private static final Duration TO_FORGET = Duration.ofMinutes(10);

    private final RepeatedRefusals refusals;
    private final Audit audit;
    private final Tokens tokens;
    private final Sessions sessions;

    AccessUpkeep(RepeatedRefusals refusals, Audit audit, Tokens tokens, Sessions sessions) {
        super("access-upkeep");
        this.refusals = refusals;
        this.audit = audit;
        this.tokens = tokens;
        this.sessions = sessions;
    }

    @Override
    protected void begin(PeriodicThread thread) {
        thread.every(PERIOD, tokens::writeUses);
        thread.every(PERIOD, sessions::writeUses);
        thread.every(PERIOD, refusals::settle);
        thread.every(TO_FORGET, audit::forget);
        thread.every(TO_FORGET, tokens::forget);
        thread.every(TO_FORGET, sessions::forget);
    }

    @Override
    protected void end(PeriodicThread thread) {
        super.end(thread);
        attempt(tokens::writeUses);
        attempt(sessions::writeUses);
        attempt(refusals::settle);
    }

    private static void attempt(Runnable work) {
        try {
            work.run();
        } catch (RuntimeException e) { // the service ends all the same
            log.error("What requests have left could not be written", e);
        }
    }
}
