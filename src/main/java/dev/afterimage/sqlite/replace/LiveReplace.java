package dev.afterimage.sqlite.replace;

import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.format.DatabaseHeader;
import dev.afterimage.sqlite.live.Confinement;
import dev.afterimage.sqlite.live.Descriptor;
import dev.afterimage.sqlite.live.HotJournals;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * Replaces the content of a live database while its applications keep their connections: SQLite's
 * <a href="https://www.sqlite.org/backup.html">Online Backup API</a> writes all pages in one transaction. Other processes
 * see the old state until its commit and the new one after it, and their prepared statements notice the new schema.
 *
 * <p>In WAL mode writers wait for all of that time and readers never do; in rollback mode both wait. A process that dies
 * before the commit leaves the old state, in the WAL's case at once, else in the journal with which the next opener rolls
 * back.
 *
 * <p>The old state can be kept exactly, though applications go on: whoever backs the target up after {@link #of} has it,
 * unless somebody commits after that; then {@link #run} hands it out while nobody can write.
 */
public final class LiveReplace implements AutoCloseable {

    /** While nobody is locked out yet, whatever an application does that keeps it from being opened passes sooner. */
    private static final Duration LONGEST_OPENING = Duration.ofSeconds(2);

    /**
     * The target has got the new content.
     *
     * @param pageSize bytes per page
     * @param pageCount pages of the new content
     * @param lockHeld for how long writers, and in rollback mode readers too, had to wait at most
     * @param pagesChangedSince 0 when every page was read back as it should be. Else applications committed before it could be
     *     read back: the number of pages that they changed, added or cut off, all others being as they should be
     * @param notes what the user should know
     */
    public record Outcome(int pageSize, long pageCount, Duration lockHeld, long pagesChangedSince, List<String> notes) {

        public Outcome {
            notes = List.copyOf(notes);
        }
    }

    private final TargetDirectory directory;
    private final LiveTarget target;

    /** Whether the kernel keeps SQLite from writing elsewhere than beside a target, should somebody change the path to it meanwhile. */
    public static boolean isConfined() {
        return Descriptor.isLinux() && Confinement.isAvailable();
    }

    /**
     * Sees whether a target could take new content, before anything is staged. It is read by a connection that cannot write:
     * nothing is rolled back, and as with any reader an empty {@code -wal} and a {@code -shm} may appear beside it. What lies
     * behind the hot journal of a crashed writer cannot be seen, and is not refused.
     *
     * @param target its directory without symbolic links
     * @param content header of the new content's first page
     * @param bytes of the new content
     * @param patience how long to try while the target is locked
     * @throws dev.afterimage.problem.ProblemException if it could not
     */
    public static void requireReplaceable(Path target, DatabaseHeader content, long bytes, Duration patience) {
        try (var directory = directoryOf(target)) {
            Confinement.to(target, List.of(directory.descriptor()), _ -> {
                LiveTarget.requireOfItsApplications(LiveTarget.find(target));
                Fit.of(content, bytes).requireOf(target, patience);
                return directory;
            });
        }
    }

    private static TargetDirectory directoryOf(Path target) {
        try {
            return TargetDirectory.open(Objects.requireNonNull(target.getParent(), "it is a file"));
        } catch (NoSuchFileException e) {
            throw LiveTargetProblem.notADatabase(target, "there is no such file", e);
        } catch (IOException e) {
            throw LiveTargetProblem.unwritable(target, String.valueOf(e.getMessage()), e);
        }
    }

    /**
     * Opens the target, and notes the state that it is in. The hot journal of a crashed writer is rolled back; nothing else
     * is changed, and nobody is locked out.
     *
     * @param target its directory without symbolic links; one that comes into its path is not followed
     * @param journals whether the hot journal may be rolled back
     * @throws dev.afterimage.problem.ProblemException if it cannot be opened, or is no database
     */
    public static LiveReplace of(Path target, HotJournals journals) {
        return of(target, LONGEST_OPENING, journals);
    }

    public static LiveReplace of(Path target, Duration patience, HotJournals journals) {
        var directory = directoryOf(target);
        try {
            return Confinement.to(target, List.of(directory.descriptor()), _ -> {
                var file = LiveTarget.find(target);
                LiveTarget.requireOfItsApplications(file);
                return new LiveReplace(directory, LiveTarget.open(file, patience, journals));
            });
        } catch (RuntimeException | Error e) {
            try (directory) {
                throw e;
            }
        }
    }

    private LiveReplace(TargetDirectory directory, LiveTarget target) {
        this.directory = directory;
        this.target = target;
    }

    /**
     * Replaces the content of the target by that of {@code source}, on the caller's thread. On return the new state
     * is committed, synced to disk, and was read back and compared. The target keeps its journal mode. Of the first page's
     * header, these fields become the target's own: bytes 18–19 (journal mode), 24–27 (change counter), 28–31 (page count,
     * which is then valid even if the source's was not), 40–43 (schema cookie: one more than before), 92–99 (version).
     *
     * <p>After the commit as much of the WAL is checkpointed as can be without waiting for anybody.
     *
     * <p>The target's file system needs room for the source once more: in the WAL, or for the old pages in the journal. On an
     * exception the target is as it was, except for {@link UnprovenException}, which comes at or after the commit. No file is
     * left behind.
     *
     * @param source a whole, checked database file that is ours, with nothing beside it; its header is
     *     changed to say rollback mode, and a single page gets a free one after it. The caller deletes it.
     * @param patience how long to try to get the lock
     * @param whenChanged called if others may have committed since {@link #of}, while the target is locked; and told when the
     *     new content is committed
     * @param progress hears of the phase REPLACING, and of READING_BACK after the commit. It can cancel till the commit; a
     *     cancellation that comes later is ignored, because the target has changed.
     * @throws dev.afterimage.problem.ProblemException if the target cannot be replaced
     * @throws dev.afterimage.problem.ProblemException STORAGE_UNREACHABLE if the source cannot be read
     * @throws java.util.concurrent.CancellationException as thrown by {@code progress} before the commit
     */
    public Outcome run(Path source, Duration patience, WhenChanged whenChanged, PageProgress progress) {
        try (var staging = directoryOf(source.toAbsolutePath())) {
            return Confinement.to(
                    target.path(),
                    List.of(directory.descriptor(), staging.descriptor()),
                    confined -> new Replacing(target, NewContent.in(source), confined, whenChanged, progress)
                            .run(patience));
        }
    }

    /**
     * Lets the target go. When no other connection is open, its WAL is checkpointed and deleted, as by any writer that closes
     * last.
     */
    @Override
    public void close() {
        try (directory) {
            Confinement.to(target.path(), List.of(directory.descriptor()), _ -> {
                target.close();
                return target;
            });
        }
    }
}
