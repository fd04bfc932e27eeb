package dev.afterimage.sqlite.live;

import dev.afterimage.sqlite.Beside;
import dev.afterimage.sqlite.format.JournalMode;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The lock that keeps others from a database, as the kernel tells of it: SQLite believes to have it also when something in this process
 * has dropped it, or when its files were deleted. Where the kernel tells of no locks at all, nothing can be seen.
 */
public final class OwnLock {

    private final SourceFile file;
    private final Path lockedFile;
    private final long lockedByte;

    /** As the kernel tells it, which is not always what is told of the file: of another file system the inode may be the same. */
    private final Optional<String> device;

    /** Of a writer: nobody else commits. */
    public static OwnLock ofWriter(SourceFile file, JournalMode mode) {
        return switch (mode) {
            case WAL -> new OwnLock(file, Beside.shm(file.path()), HeldFile.WAL_WRITE);
            case ROLLBACK -> new OwnLock(file, file.path(), HeldFile.RESERVED);
        };
    }

    /** Of one who keeps all others out. */
    public static OwnLock ofOnlyUser(SourceFile file) {
        return new OwnLock(file, file.path(), HeldFile.SHARED_FIRST);
    }

    private OwnLock(SourceFile file, Path lockedFile, long lockedByte) {
        this.file = file;
        this.lockedFile = lockedFile;
        this.lockedByte = lockedByte;
        this.device = seen().stream().map(PosixLock::device).findFirst();
    }

    /**
     * Sees that it still is there. A look costs a few system calls.
     *
     * @throws SourceException BACKUP_INTERRUPTED if not
     */
    public void requireHeld() {
        if (device.isPresent() && seen().stream().map(PosixLock::device).noneMatch(device.get()::equals)) {
            throw SourceException.lockLost(file.path());
        }
    }

    /** That of the file's own device first. */
    private List<PosixLock> seen() {
        return HeldFile.find(lockedFile).stream()
                .flatMap(held -> PosixLock.all().stream()
                        .filter(lock -> lock.inode() == held.inode()
                                && lock.pid() == ProcessHandle.current().pid()
                                && lock.write()
                                && lock.covers(lockedByte))
                        .sorted(Comparator.comparing(lock -> !lock.device().equals(held.device()))))
                .toList();
    }
}
