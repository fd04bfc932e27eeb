package dev.afterimage.backup;

import dev.afterimage.catalog.databases.Databases;
import dev.afterimage.lifecycle.PeriodicThread;
import dev.afterimage.lifecycle.PeriodicWork;
import java.time.Duration;
import java.util.UUID;
import org.springframework.stereotype.Component;

/** Forgets the hashes of the pages of databases that were removed: should they come back, all of their pages are digested once. */
@Component
class PageHashUpkeep extends PeriodicWork {

    private static final Duration PERIOD = Duration.ofHours(1);
    private static final Duration FIRST = Duration.ofMinutes(5);

    private final Databases databases;
    private final Drafts drafts;

    PageHashUpkeep(Databases databases, Drafts drafts) {
        super("page-hash-upkeep");
        this.databases = databases;
        this.drafts = drafts;
    }

    @Override
    protected void begin(PeriodicThread thread) {
        thread.every(PERIOD, FIRST, this::forgetRemoved);
    }

    void forgetRemoved() {
        drafts.forgetHashes(this::isRegistered);
    }

    private boolean isRegistered(UUID databaseId) {
        return databases
                .find(databaseId)
                .flatMap(known -> databases.find(known.name())) // what was removed has its name no more
                .filter(registered -> registered.id().equals(databaseId))
                .isPresent();
    }
}
