package dev.afterimage.recovery;

import dev.afterimage.catalog.CatalogCopy.Reason;
import dev.afterimage.catalog.databases.Databases;
import dev.afterimage.lifecycle.PeriodicThread;
import dev.afterimage.lifecycle.PeriodicWork;
import dev.afterimage.problem.ProblemException;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Copies the catalog into the repository when the newest copy is too old, and stores what was copied before a migration. */
@Component
public class CatalogCopyUpkeep extends PeriodicWork {

    private static final Logger log = LoggerFactory.getLogger(CatalogCopyUpkeep.class);

    private static final Duration PERIOD = Duration.ofMinutes(10);

    /** Without a copy a lost host takes all that was set with it, so a bucket that was away at the start is not left alone for long. */
    private static final Duration AFTER_FAILURE = Duration.ofMinutes(1);

    /** Who has begun with an empty home has time to rebuild, and who registers databases at once has a copy soon. */
    private static final Duration AFTER_START = Duration.ofMinutes(1);

    private final CatalogCopies copies;
    private final Databases databases;
    private final CatalogCopySettings settings;
    private final Clock clock;
    private volatile @Nullable String failure;

    CatalogCopyUpkeep(
            CatalogCopies copies,
            Databases databases,
            CatalogCopySettings settings,
            MeterRegistry registry,
            Clock clock) {
        super("catalog-copies");
        this.copies = copies;
        this.databases = databases;
        this.settings = settings;
        this.clock = clock;
        TimeGauge.builder("afterimage.catalog.copy.age", this, TimeUnit.SECONDS, CatalogCopyUpkeep::age)
                .description("How old the newest copy of the catalog in the repository is")
                .strongReference(true)
                .register(registry);
    }

    /** In seconds; infinite when there is none and one cannot be taken, and not a number while none is due. */
    private double age() {
        var last = copies.lastSeen();
        var now = clock.instant();
        if (last != null && !last.takenAt().isAfter(now)) {
            return Duration.between(last.takenAt(), now).toMillis() / 1000.0;
        }
        return failure == null ? Double.NaN : Double.POSITIVE_INFINITY;
    }

    @Override
    protected void begin(PeriodicThread thread) {
        thread.every(PERIOD, AFTER_START, this::look);
        thread.every(AFTER_FAILURE, this::lookAgain);
    }

    /** Costs nothing while the last look did what was to be done. */
    void lookAgain() {
        if (failure != null) {
            look();
        }
    }

    /** A repository that is away is logged once; a look a minute later tries again. */
    void look() {
        try {
            if (isDue()) {
                copies.take(Reason.DAILY);
            }
            copies.storeKept(); // last: one that cannot be read must not be in the way of new ones
            failure = null;
        } catch (ProblemException | IOException | IllegalArgumentException e) {
            if (failure == null) {
                log.warn("The catalog is not copied into the repository: {}; it is tried again", e.getMessage());
            }
            failure = String.valueOf(e.getMessage());
        }
    }

    /** A catalog without a database has nothing that anybody would miss. */
    private boolean isDue() {
        var newest = copies.newest(); // also for its age, where none is taken by itself
        if (!settings.every().isPositive()) {
            return false;
        }
        if (newest.isEmpty()) {
            return !databases.list(null, 1).isEmpty();
        }
        var now = clock.instant();
        var takenAt = newest.get().takenAt();
        return takenAt.isAfter(now) || takenAt.plus(settings.every()).isBefore(now); // the clock may have been ahead
    }

    /** Why the last look could not do what was to be done; null when it could. */
    public @Nullable String failure() {
        return failure;
    }

    /** An interruption would be told as a failure of what is written; the process ends it, and the next start removes what it leaves. */
    @Override
    protected void end(PeriodicThread thread) {
        thread.end(Duration.ZERO);
    }
}
