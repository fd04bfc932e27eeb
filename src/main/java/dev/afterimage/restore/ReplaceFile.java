package dev.afterimage.restore;

import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.SoleUse;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;

/**
 * A database file that nobody has open makes way for a new one. The old file, with its {@code -wal}, {@code -shm} and
 * {@code -journal}, goes into a folder beside it, {@code orders.db.replaced-20260301T020304Z}, in which it can be opened as
 * before: a WAL that was not checkpointed or a hot journal goes with it.
 *
 * <p>Until all is done the folder has a hidden name that tells the job. If the process dies, {@link #recover} finds it and
 * either completes the work, when the new file has its name, or puts the old files back. In between there may be no file at
 * all, but never one with the companions of another.
 */
final class ReplaceFile {

    private static final DateTimeFormatter DATED =
            DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final int STEPS = 5;

    private final NewFile file;
    private final UUID jobId;
    private final OldFiles old;

    static ReplaceFile of(Path target, UUID jobId) {
        return new ReplaceFile(NewFile.of(target, jobId), jobId);
    }

    private ReplaceFile(NewFile file, UUID jobId) {
        this.file = file;
        this.jobId = jobId;
        this.old = new OldFiles(
                file.target(),
                file.target().resolveSibling("." + file.target().getFileName() + ".afterimage-" + jobId + "-old"));
    }

    /** Where the new file is to be written, complete and synced, before {@link #run}. */
    NewFile file() {
        return file;
    }

    /**
     * Sees, without opening any file, that there is one that can be replaced and room for the new one; nobody is locked out
     * yet.
     *
     * @param bytes of the new file
     * @throws TargetException if it does not exist, is a directory or a symbolic link, has several names, or there is no room
     * @throws dev.afterimage.sqlite.LiveTargetException.InUse if a process, this one included, has it open
     */
    void requireReplaceable(long bytes) {
        requireRegularFile(file.target());
        SoleUse.requireNobody(file.target());
        file.requireRoom(bytes);
    }

    /**
     * Sees that there is a file that can be replaced.
     *
     * @throws TargetException.NotReplaceable if it does not exist, or is a directory or a symbolic link
     * @throws TargetException.SeveralNames if it has hard links
     */
    static void requireRegularFile(Path target) {
        if (!Files.isRegularFile(target, LinkOption.NOFOLLOW_LINKS)) {
            throw new TargetException.NotReplaceable(target);
        }
        if (names(target) > 1) {
            throw new TargetException.SeveralNames(target);
        }
    }

    /** 1 where the file system cannot tell. */
    private static int names(Path file) {
        try {
            return (Integer) Files.getAttribute(file, "unix:nlink", LinkOption.NOFOLLOW_LINKS);
        } catch (UnsupportedOperationException e) {
            return 1;
        } catch (IOException e) {
            throw new TargetException.Unwritable(file, e);
        }
    }

    /**
     * Puts the new file in the old one's place, with its owner, group and mode. After a failure the old files are as they
     * were; the new one still has its temporary name.
     *
     * @param progress hears of each step; it can cancel till the new file has its name
     * @throws TargetException if there is no file, or the files cannot be moved
     * @throws dev.afterimage.sqlite.LiveTargetException.InUse if a process has the old file open
     * @throws java.util.concurrent.CancellationException as thrown by {@code progress}
     */
    FileReplacement run(Instant now, PageProgress progress) {
        requireRegularFile(file.target());
        try (var soleUse = SoleUse.of(file.target())) {
            var notes = keepOwnerAndMode();
            var folder = new ReplacedFolder(old.folder(), jobId);
            try {
                folder.create(file.target().getFileName() + ".replaced-" + DATED.format(now));
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
                putBack(folder);
                throw e;
            }
            var kept = folder.giveDatedName();
            file.discard(); // its second name; dying before leaves one that the next start removes
            return new FileReplacement(kept, notes);
        } catch (IOException e) {
            throw new TargetException.Unwritable(file.target(), e);
        }
    }

    /**
     * Settles what an earlier attempt left when its process died. Call it before {@link #run} or before the temporary
     * file is discarded.
     *
     * @return the folder with the old files, if the new file has its place; empty if the old one has it
     * @throws TargetException.Exists if somebody created another file there meanwhile; the old files are in a dated folder
     */
    Optional<Path> recover() {
        var folder = new ReplacedFolder(old.folder(), jobId);
        try {
            if (!folder.exists()) {
                return folder.findDated(file.target());
            }
            if (newFileHasItsName()) {
                file.discard();
                return Optional.of(folder.giveDatedName());
            }
            putBack(folder);
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

    private boolean newFileHasItsName() throws IOException {
        return old.databaseHasLeft()
                && OldFiles.exists(file.target())
                && (!OldFiles.exists(file.temporary()) || file.isPublished());
    }

    private void putBack(ReplacedFolder folder) throws IOException {
        try {
            old.putBack();
            folder.delete();
        } catch (FileAlreadyExistsException e) {
            throw new TargetException.Exists(file.target(), folder.disown());
        }
    }

    private List<String> keepOwnerAndMode() throws IOException {
        var from = Files.getFileAttributeView(file.target(), PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
        var to = Files.getFileAttributeView(file.temporary(), PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
        var notes = new ArrayList<String>();
        if (from == null || to == null) {
            return notes;
        }
        var attributes = from.readAttributes();
        try {
            to.setOwner(attributes.owner());
            to.setGroup(attributes.group());
        } catch (IOException e) {
            notes.add(
                    "The new file could not be given to %s:%s as the old one was: see that the application may use it."
                            .formatted(attributes.owner(), attributes.group()));
        }
        file.allow(attributes.permissions());
        return notes;
    }
}
