package dev.afterimage.follow;

import dev.afterimage.lifecycle.PeriodicThread;
import dev.afterimage.lifecycle.PeriodicWork;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.sqlite.Beside;
import dev.afterimage.sqlite.follow.PublishedChanges;
import dev.afterimage.sqlite.follow.WalPosition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Sees whether following follows: it compares what SQLite says is committed with the position, by code of its own and on a thread of its own.
 * Where the position has not moved for a while although something was committed, the database counts as not followed.
 */
@Component
class FollowWatch extends PeriodicWork {

    private static final Logger log = LoggerFactory.getLogger(FollowWatch.class);

    private static final Duration PERIOD = Duration.ofSeconds(10);
    private static final Duration TICK = Duration.ofSeconds(2);
    private static final Duration UNMOVED = Duration.ofSeconds(30);

    private final Followers followers;
    private final Clock clock;
    private final Map<UUID, Behind> behind = new HashMap<>();

    /** Of databases of which all was taken: while nobody has written to the WAL since, nothing was committed. */
    private final Map<UUID, Optional<FileTime>> quiet = new HashMap<>();

    private record Behind(WalPosition position, long sinceNanos) {}

    FollowWatch(Followers followers, Clock clock) {
        super("follow-watch");
        this.followers = followers;
        this.clock = clock;
    }

    @Override
    protected void begin(PeriodicThread thread) {
        thread.every(PERIOD, this::look);
    }

    private void look() {
        var all = followers.all();
        all.forEach(followed -> look(followed, System.nanoTime()));
        var ids = all.stream().map(followed -> followed.database().id()).collect(Collectors.toSet());
        behind.keySet().retainAll(ids);
        quiet.keySet().retainAll(ids);
    }

    /** @param nanos of the time at which it looks */
    void look(Followed followed, long nanos) {
        var id = followed.database().id();
        var position = followed.position();
        var written = lastWritten(followed);
        boolean isQuiet = written.isPresent() && written.equals(quiet.get(id));
        if (position == null || isQuiet || isThere(followed, position)) {
            quiet.put(id, position == null ? Optional.empty() : written);
            behind.remove(id);
            followed.stands(null);
            return;
        }
        quiet.remove(id);
        var before = behind.get(id);
        if (before == null || !before.position().equals(position)) {
            behind.put(id, new Behind(position, nanos));
        } else if (nanos - before.sinceNanos() >= UNMOVED.toNanos()) {
            followed.stands("Something was committed, and nothing was taken for %d seconds."
                    .formatted(Duration.ofNanos(nanos - before.sinceNanos()).toSeconds()));
        }
    }

    /** Looked at before the WAL index: what is written after that is seen the next time. */
    private Optional<FileTime> lastWritten(Followed followed) {
        try {
            var written =
                    Files.getLastModifiedTime(Beside.wal(followed.database().path()));
            return Optional.of(written).filter(this::isSettled);
        } catch (IOException e) { // it is gone, or may not be looked at: the WAL index tells
            return Optional.empty();
        }
    }

    /** What is written within one tick of the clock has one time: only after that does it tell that nothing was. */
    private boolean isSettled(FileTime written) {
        return written.toInstant().isBefore(clock.instant().minus(TICK));
    }

    private static boolean isThere(Followed followed, WalPosition position) {
        try {
            var changes = PublishedChanges.of(followed.database().path());
            return changes.isEmpty() || changes.getAsLong() == position.changes();
        } catch (ProblemException e) {
            log.debug("'{}' could not be looked at", followed.database().name(), e);
            return false; // who follows it sees that too, or stands
        }
    }
}
