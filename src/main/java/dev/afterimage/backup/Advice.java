package dev.afterimage.backup;

import dev.afterimage.catalog.snapshots.Collapse;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.sqlite.format.JournalMode;
import dev.afterimage.sqlite.live.DatabaseFacts;
import java.nio.file.Path;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** What whoever runs a database could do so that it and its backups get less in each other's way. */
@Component
public class Advice {

    private final AdviceSettings settings;
    private final LongReads reads;

    Advice(AdviceSettings settings, LongReads reads) {
        this.settings = settings;
        this.reads = reads;
    }

    /**
     * Looks at the readers only if the WAL is large.
     *
     * @param facts of the database now
     * @param last its newest snapshot; null when there is none
     * @return sentences, usually none
     */
    public List<String> on(Path database, DatabaseFacts facts, @Nullable Snapshot last) {
        var advice = new ArrayList<String>();
        if (last != null) {
            onLastBackup(last.capture(), facts, advice);
        }
        if (facts.walBytes() > settings.walBytes().toBytes()) {
            advice.add(onLargeWal(facts.walBytes(), reads.of(database)));
        }
        return List.copyOf(advice);
    }

    /**
     * What is to be said of a database that has lost most of what it held.
     *
     * @param name of the database
     * @param open collapses that nobody has acknowledged
     */
    public static List<String> onCollapses(String name, List<Collapse> open) {
        return open.stream()
                .map(collapse ->
                        ("It has collapsed from %d to %d bytes in use, and from %d to %d tables, in snapshot %s. If it"
                                        + " was emptied by mistake, restore snapshot %s, which is kept. If it is as it should be,"
                                        + " PUT /api/v1/databases/%s/collapses/%s/acknowledgement.")
                                .formatted(
                                        collapse.bytesBefore(),
                                        collapse.bytes(),
                                        collapse.tablesBefore(),
                                        collapse.tables(),
                                        collapse.snapshotId(),
                                        collapse.before(),
                                        name,
                                        collapse.snapshotId()))
                .toList();
    }

    private void onLastBackup(Snapshot.Capture capture, DatabaseFacts facts, List<String> advice) {
        boolean waited = capture.lockHeldMillis() > settings.writersWaited().toMillis();
        if (waited && facts.journalMode() == JournalMode.ROLLBACK) {
            advice.add(
                    "Writers waited up to %d ms for the last backup, because the database is in rollback-journal mode;"
                                    .formatted(capture.lockHeldMillis())
                            + " in WAL mode (PRAGMA journal_mode = WAL) they would not wait.");
        }
        long growth = capture.walBytesAfter() - capture.walBytesBefore();
        if (growth > settings.walBytes().toBytes()) {
            advice.add("The WAL grew by %d bytes during the last backup, which kept it from being begun anew;"
                            .formatted(growth)
                    + " take backups when less is written, or limit this with maxWalBytes.");
        }
    }

    private static String onLargeWal(long bytes, List<LongReads.LongRead> readers) {
        var large = "The WAL has %d bytes; ".formatted(bytes);
        if (readers.isEmpty()) {
            return large + "no process reads it now, so a checkpoint with mode TRUNCATE would make it small.";
        }
        return readers.stream().allMatch(Advice::isThisService)
                ? large
                        + "this service reads it: a backup lets go of it when it has ended, and following moves on by itself."
                : large + "while a process reads it, it cannot be begun anew: " + named(readers) + ".";
    }

    private static boolean isThisService(LongReads.LongRead read) {
        return read.reader().holder().pid() == ProcessHandle.current().pid();
    }

    private static String named(List<LongReads.LongRead> reads) {
        return reads.stream().map(Advice::named).collect(Collectors.joining(", "));
    }

    private static String named(LongReads.LongRead read) {
        var holder = read.reader().holder();
        return "%d (%s) since %s or before"
                .formatted(
                        holder.pid(),
                        isThisService(read) ? "this service" : holder.command(),
                        read.since().truncatedTo(ChronoUnit.SECONDS));
    }
}
