package dev.afterimage.restore;

import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.replace.SoleUse;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A database file that nobody has open makes way for a new one. The old file, with its {@code -wal}, {@code -shm} and
 * {@code -journal}, goes into a folder beside it, {@code orders.db.replaced-20260301T020304Z}, in which it can be opened as
 * before: a WAL that was not checkpointed or a hot journal goes with it.
 *
 * <p>Until all is done the folder has a hidden name that tells the job. If the process dies, {@link #recover} finds it and
 * either completes the work, when the new file has its name, or puts the old files back. In between there may be no file at
 * all, but never one with the companions of another.
 */
final class ReplaceFile implements AutoCloseable {

    private static final String REPLACED = ".replaced-";
    private static final DateTimeFormatter DATED = DateTimeFormatter.ofPattern(
                    "'" + REPLACED + "'uuuuMMdd'T'HHmmss'Z'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);
    private static final String HIDDEN = "-old";
    private static final int STEPS = 5;

    private final NewFile file;
    private final ReplacedFolder folder;
    private final OldFiles old;

    /**
     * Opens the directory of the file.
     *
     * @param target as for {@link NewFile#open}
     * @return closed by the caller
     */
    static ReplaceFile open(Path target, UUID jobId) {
        return new ReplaceFile(NewFile.open(target, jobId), jobId);
    }

    private ReplaceFile(NewFile file, UUID jobId) {
        this.file = file;
        this.folder = new ReplacedFolder(file.directory(), file.temporaryName() + HIDDEN, jobId);
        this.old = new OldFiles(file.directory(), file.name(), folder);
    }

    /** Where the new file is to be written, complete and synced, before {@link #run}. */
    NewFile file() {
        return file;
    }

    /**
     * Sees, without opening any file, that there is one that can be replaced; nobody is locked out yet.
     *
     * @throws TargetException if it does not exist, is a directory or a symbolic link, or has several names
     * @throws dev.afterimage.problem.ProblemException TARGET_IN_USE if a process, this one included, has it open
     */
    static void requireReplaceable(Path target) {
        requireRegularFile(target);
        SoleUse.requireNobody(target);
    }

    /** The same of one that we have open, too, and let go of for the restore. */
    static void requireReplaceableByUs(Path target) {
        requireRegularFile(target);
        SoleUse.requireNobodyElse(target);
    }

    /**
     * Sees that there is a file that can be replaced.
     *
     * @throws dev.afterimage.problem.ProblemException TARGET_NOT_REPLACEABLE if it does not exist, or is a directory or a symbolic link
     * @throws TargetException.Displaced if it does not exist, since an earlier restore has moved it away
     * @throws dev.afterimage.problem.ProblemException TARGET_EXISTS if it does not exist, but something that belongs to it does
     * @throws dev.afterimage.problem.ProblemException TARGET_NOT_REPLACEABLE if it has hard links
     */
    static void requireRegularFile(Path target) {
        requireRegularFile(target, target);
    }

    /** @param place by which to reach it */
    private static void requireRegularFile(Path target, Path place) {
        if (!Files.isRegularFile(place, LinkOption.NOFOLLOW_LINKS)) {
            if (!Files.exists(place, LinkOption.NOFOLLOW_LINKS)) {
                requireNotDisplaced(target);
                NewFile.requireNoCompanions(target, place);
            }
            throw new TargetException(Problem.of(
                    ProblemCode.TARGET_NOT_REPLACEABLE,
                    target + " is not a regular file: it does not exist, or is a directory or a symbolic link"));
        }
        if (names(target, place) > 1) {
            throw new TargetException(
                    Problem.of(
                            ProblemCode.TARGET_NOT_REPLACEABLE,
                            target + " has several names (hard links)",
                            "See by which of its names applications open it, and remove the others; or restore to a NEW_FILE."));
        }
    }

    /**
     * Sees that no file is there because no restore has moved it away that could neither go on nor be undone.
     *
     * @throws TargetException.Displaced if one has, with what puts the file back
     */
    static void requireNotDisplaced(Path target) {
        try {
            for (var job : ReplacedFolder.jobsWithHidden(target, HIDDEN)) {
                try (var earlier = open(target, job)) {
                    earlier.requirePutBack();
                }
            }
        } catch (IOException e) {
            throw new TargetException.Unwritable(target, e);
        }
    }

    private void requirePutBack() throws IOException {
        if (old.databaseHasLeft()) {
            throw displaced(new IOException("an earlier restore was interrupted"));
        }
    }

    /** 1 where the file system cannot tell. */
    private static int names(Path target, Path place) {
        try {
            return (Integer) Files.getAttribute(place, "unix:nlink", LinkOption.NOFOLLOW_LINKS);
        } catch (UnsupportedOperationException e) {
            return 1;
        } catch (IOException e) {
            throw new TargetException.Unwritable(target, e);
        }
    }

    /**
     * Puts the new file in the old one's place, with its owner, group and mode. After a failure the old files are as they
     * were, unless the exception says otherwise; the new one still has its temporary name.
     *
     * @param progress hears of each step; it can cancel till the new file has its name
     * @throws TargetException if there is no file, or the files cannot be moved
     * @throws TargetException.Displaced if that could not be undone
     * @throws dev.afterimage.problem.ProblemException TARGET_IN_USE if a process has the old file open
     * @throws java.util.concurrent.CancellationException as thrown by {@code progress}
     */
    FileReplacement run(Instant now, PageProgress progress) {
        var place = file.directory().at(file.name());
        requireRegularFile(file.target(), place);
        try (var soleUse = SoleUse.of(place)) {
            var ownership = Ownership.of(place);
            var notes = ownership.map(file::give).orElse(List.of());
            try {
                folder.create(file.name(), DATED.format(now));
                progress.pages(1, STEPS);
                old.linkCompanions();
                progress.pages(2, STEPS);
                old.moveDatabase();
                progress.pages(3, STEPS);
                soleUse.requireNobodyWaits(old.database());
                old.removeCompanions();
                progress.pages(4, STEPS);
                file.publish();
            } catch (IOException | RuntimeException e) {
                putBack(e);
                throw e;
            }
            return done(notes);
        } catch (IOException e) {
            throw new TargetException.Unwritable(file.target(), e);
        }
    }

    /** The new file has its place, and the old one is in the folder, whatever that can be called. */
    private FileReplacement done(List<String> notes) {
        try {
            return new FileReplacement(giveDatedName(), notes);
        } catch (IOException | TargetException e) {
            var all = new ArrayList<>(notes);
            all.add("What it was replaced by could not be tidied up (%s): remove its second name when you can, by: %s"
                    .formatted(e, Shell.remove(file.temporary())));
            return new FileReplacement(folder.whereItIs(), all);
        }
    }

    private Path giveDatedName() throws IOException {
        var kept = folder.giveDatedName();
        file.discard(); // its second name; dying before leaves one that the next start removes
        return kept;
    }

    /**
     * Settles what an earlier attempt left when its process died, or it could not undo itself. Call it before {@link #run} or before
     * the temporary file is discarded.
     *
     * @return the folder with the old files, if the new file has its place; empty if the old one has it
     * @throws dev.afterimage.problem.ProblemException TARGET_EXISTS if somebody created another file there meanwhile; the old files are in a dated folder
     * @throws TargetException.Displaced if it cannot be undone
     */
    Optional<Path> recover() {
        try {
            if (!folder.exists()) {
                return folder.findDated(file.name(), REPLACED);
            }
            if (newFileHasItsName()) {
                return Optional.of(giveDatedName());
            }
            putBack(null);
            return Optional.empty();
        } catch (IOException e) {
            throw new TargetException.Unwritable(file.target(), e);
        }
    }

    /**
     * Settles what a job that will not run again has left: one of the two files has its place, and no temporary file is there.
     * Does nothing where there is nothing.
     *
     * @return the folder with the old files, if the new file has its place
     * @throws TargetException as for {@link #recover}
     */
    Optional<Path> abandon() {
        try {
            return recover();
        } finally {
            file.discard(); // not before: whether it is there tells who has made the file that has the name
        }
    }

    /** Whether the new file has its place, and the old one waits for the folder's dated name. */
    boolean isDone() {
        try {
            return folder.exists()
                    ? newFileHasItsName()
                    : folder.findDated(file.name(), REPLACED).isPresent();
        } catch (IOException e) {
            throw new TargetException.Unwritable(file.target(), e);
        }
    }

    private boolean newFileHasItsName() throws IOException {
        var directory = file.directory();
        return old.databaseHasLeft()
                && directory.has(file.name())
                && (!directory.has(file.temporaryName()) || file.isPublished());
    }

    private void putBack(@Nullable Exception failure) {
        if (!folder.exists()) {
            return;
        }
        try {
            file.withdraw();
            var unsynced = old.putBack();
            folder.delete();
            if (failure != null) {
                unsynced.forEach(failure::addSuppressed);
            }
        } catch (FileAlreadyExistsException e) {
            throw somebodysFileIsThere();
        } catch (IOException e) {
            if (failure != null) {
                e.addSuppressed(failure);
            }
            throw undone(e) ? new TargetException.Unwritable(folder.path(), e) : displaced(e);
        }
    }

    /** Whether all is in its place, though it may have a second name in the folder. */
    private boolean undone(IOException failure) {
        try {
            return old.areInPlace();
        } catch (IOException e) {
            failure.addSuppressed(e);
            return false;
        }
    }

    private TargetException somebodysFileIsThere() {
        try {
            return new TargetException.TakenMeanwhile(file.target(), folder.disown());
        } catch (IOException e) {
            return displaced(e);
        }
    }

    private TargetException displaced(IOException why) {
        var commands = new ArrayList<String>();
        try {
            if (file.isPublished()) {
                commands.add(Shell.removeWhile(folder.path().resolve(file.name()), file.target()));
            }
            commands.addAll(old.commandsToPutBack());
        } catch (IOException | TargetException e) {
            why.addSuppressed(e); // then look into the folder
        }
        commands.add(folder.commandToDelete());
        commands.add(Shell.remove(file.temporary()));
        return new TargetException.Displaced(file.target(), folder.path(), commands, why);
    }

    /**
     * Removes the new file's temporary name.
     *
     * @throws TargetException if there is still something to settle, for which it is needed: a later call, or a start, does both
     */
    void discard() {
        if (!isDone()) {
            putBack(null);
        }
        file.discard();
    }

    @Override
    public void close() {
        try (file) {
            folder.close();
        }
    }
}
