package dev.afterimage.backup;

import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.sqlite.format.JournalMode;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * For how long nobody else can commit because of a backup.
 *
 * @param basis why that is thought
 * @param reason the same in a sentence
 */
public record LockHeld(long millis, Basis basis, String reason) {

    /** What it is told from. */
    public enum Basis {
        /** Snapshots of this database by this method, in the same journal mode. */
        MEASURED,
        /** The method, and the size of the file. */
        ESTIMATED
    }

    static final LockHeld NOT_AT_ALL = new LockHeld(0, Basis.ESTIMATED, "Nobody waits for it.");

    /** As many as may be of the same weather. */
    private static final int SNAPSHOTS = 5;

    /** A disk that is not the fastest. */
    private static final long BYTES_PER_SECOND = 100_000_000;

    private static final long MILLIS_PER_SECOND = 1000;

    /**
     * The longest time that the last snapshots took, but those that found nothing changed.
     *
     * @param newestFirst of the database
     * @param journalMode null for any
     * @return empty if there is none
     */
    static Optional<LockHeld> measured(Method method, @Nullable JournalMode journalMode, List<Snapshot> newestFirst) {
        var held = IntStream.range(0, newestFirst.size())
                .filter(i -> i + 1 == newestFirst.size() || isChanged(newestFirst.get(i), newestFirst.get(i + 1)))
                .mapToObj(newestFirst::get)
                .filter(snapshot -> isBy(method, journalMode, snapshot.capture()))
                .limit(SNAPSHOTS)
                .mapToLong(snapshot -> snapshot.capture().lockHeldMillis())
                .summaryStatistics();
        return held.getCount() == 0
                ? Optional.empty()
                : Optional.of(new LockHeld(
                        held.getMax(),
                        Basis.MEASURED,
                        "The longest time of the newest snapshots that %2$s has taken of changes: %1$d."
                                .formatted(held.getCount(), method)));
    }

    private static boolean isChanged(Snapshot snapshot, Snapshot before) {
        return !snapshot.content().treeDigest().equals(before.content().treeDigest());
    }

    private static boolean isBy(Method method, @Nullable JournalMode journalMode, Snapshot.Capture capture) {
        return capture.methodUsed().equals(method.name())
                && (journalMode == null || capture.journalMode().equals(journalMode.name()));
    }

    /** Where writers wait while the whole file is read. */
    static LockHeld whileReading(long bytes) {
        return new LockHeld(
                bytes * MILLIS_PER_SECOND / BYTES_PER_SECOND,
                Basis.ESTIMATED,
                "The file has %d bytes; a disk is assumed that reads %d in a second."
                        .formatted(bytes, BYTES_PER_SECOND));
    }
}
