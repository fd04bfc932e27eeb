package dev.afterimage.sqlite;

import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;

/**
 * Replaces the content of a live database while its applications keep their connections: SQLite's
 * <a href="https://www.sqlite.org/backup.html">Online Backup API</a> writes all pages in one transaction. Other processes
 * see the old state until its commit and the new one after it, and their prepared statements notice the new schema.
 *
 * <p>In WAL mode writers wait for all of that time and readers never do; in rollback mode both wait. A process that dies
 * before the commit leaves the old state, in the WAL's case at once, else in the journal with which the next opener rolls
 * back.
 *
 * <p>Everything goes through SQLite connections: no other descriptor of the target is opened.
 */
public final class LiveReplace {

    /** The phase in which the target is written. */
    static final String PHASE = "REPLACING";

    /**
     * Replaces the content of {@code target} by that of {@code source}, on the caller's thread. On return the new state
     * is committed, synced to disk, and was read back and compared. The target keeps its journal mode. Of the first page's
     * header, these fields become the target's own: bytes 18–19 (journal mode), 24–27 (change counter), 28–31 (page count,
     * which is then valid even if the source's was not), 40–43 (schema cookie: one more than before), 92–99 (version).
     *
     * <p>The hot journal of a crashed writer is rolled back first. After the commit as much of the WAL is checkpointed as
     * can be without waiting for anybody. When no other connection is open, the WAL is then deleted, as by any
     * writer that closes last.
     *
     * <p>The target's file system needs room for the source once more: in the WAL, or for the old pages in the journal. The
     * source's needs as much, for what is read back. On an exception the target is as it was, except for {@link
     * LiveTargetException.Unproven}, which comes after the commit. No file is left behind.
     *
     * @param source a whole, checked database file that is ours, with nothing beside it; its header is
     *     changed to say rollback mode. The caller deletes it.
     * @param patience how long to try to get the lock
     * @param progress hears of the phase REPLACING, and of READING_BACK after the commit. It can cancel till the commit; a
     *     cancellation that comes later is ignored, because the target has changed.
     * @throws LiveTargetException if the target cannot be replaced
     * @throws StagingException if the source cannot be read, or there is no room beside it
     * @throws java.util.concurrent.CancellationException as thrown by {@code progress} before the commit
     */
    public static LiveReplacement run(Path target, Path source, Duration patience, PageProgress progress) {
        var content = NewContent.in(source);
        var readBack = ReadBack.beside(content);
        try (var live = LiveTarget.open(target)) {
            var lockHeld = replace(live, content, new Backoff(patience), progress);
            live.requireUnreplaced();
            long pagesDiffering = readBack.compareWith(live, progress);
            var notes = live.checkpoint();
            return new LiveReplacement(content.pageSize(), content.pageCount(), lockHeld, pagesDiffering, notes);
        }
    }

    private static Duration replace(LiveTarget live, NewContent content, Backoff backoff, PageProgress progress) {
        var inPhase = progress.phase(PHASE, content.pageSize());
        while (true) {
            try (var brake = Brake.on(content.path())) {
                live.requireThatItCanTake(content);
                var copy = new ContentCopy(content, brake, inPhase);
                copy.into(live.connection());
                return copy.lockHeld();
            } catch (SQLException e) {
                if (!Refusal.isBusy(Refusal.primaryCode(e)) || !backoff.pause(inPhase)) {
                    throw live.refusal(e);
                }
            }
        }
    }

    private LiveReplace() {}
}
