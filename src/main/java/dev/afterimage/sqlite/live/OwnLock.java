package dev.afterimage.sqlite.live;

import dev.afterimage.sqlite.Beside;
import dev.afterimage.sqlite.format.JournalMode;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * The lock that keeps others from a database, as the kernel tells of it: SQLite believes to have it also when something in this process
 * has dropped it, or when its files were deleted. Where the kernel tells of no locks at all, nothing can be seen.
 */
public final class OwnLock {

    private final SourceFile file;
    private final Path lockedFile;
    private final long lockedByte;
    private final boolean alone;
    private final boolean seen;

    /** Of a writer: nobody else commits. */
    public static OwnLock ofWriter(SourceFile file, JournalMode mode) {
        return new OwnLock(file, mode, HeldFile.RESERVED, false);
    }

    /**
     * Of one who is alone: nobody else reads. In WAL mode no lock says that.
     *
     * @throws SourceException BACKUP_INTERRUPTED if in WAL mode somebody else is connected
     * @throws SourceException.NotScannable if in WAL mode the kernel does not tell who is
     */
    public static OwnLock ofOnlyUser(SourceFile file, JournalMode mode) {
        var lock = new OwnLock(file, mode, HeldFile.SHARED_FIRST, true);
        if (mode == JournalMode.WAL && !lock.seen) {
            throw new SourceException.NotScannable(
                    file.path(), "it is in WAL mode, and this system does not tell whether others have it open");
        }
        lock.requireHeld();
        return lock;
    }

    private OwnLock(SourceFile file, JournalMode mode, long byteOfDatabase, boolean alone) {
        boolean inWal = mode == JournalMode.WAL;
        this.file = file;
        this.lockedFile = inWal ? Beside.shm(file.path()) : file.path();
        this.lockedByte = inWal ? HeldFile.WAL_WRITE : byteOfDatabase;
        this.alone = alone;
        this.seen = isSeen(PosixLock.all());
    }

    /**
     * Sees that it still is there. A look costs a few system calls.
     *
     * @throws SourceException BACKUP_INTERRUPTED if not, or if somebody else came to a database that is to be ours alone
     */
    public void requireHeld() {
        var locks = PosixLock.all();
        if (seen && !isSeen(locks)) {
            throw SourceException.lockLost(file.path());
        }
        if (alone && !connected(file, locks).isEmpty()) {
            throw SourceException.joined(file.path(), Holders.others(file.path()));
        }
    }

    private boolean isSeen(List<PosixLock> locks) {
        return HeldFile.find(lockedFile).stream()
                .flatMap(held -> locks.stream().filter(lock -> lock.inode() == held.inode()))
                .anyMatch(
                        lock -> lock.pid() == ProcessHandle.current().pid() && lock.write() && lock.covers(lockedByte));
    }

    /**
     * Other processes that hold SHARED, or more: in WAL mode all that are connected, also those that do nothing.
     *
     * @throws SourceException.Locked if there are any
     */
    static void requireNobodyConnected(SourceFile file) {
        if (!connected(file, PosixLock.all()).isEmpty()) {
            throw new SourceException.Locked(file.path(), Holders.others(file.path()), null);
        }
    }

    private static List<PosixLock> connected(SourceFile file, List<PosixLock> locks) {
        return HeldFile.find(file.path()).stream()
                .flatMap(database -> of(database, locks))
                .toList();
    }

    private static Stream<PosixLock> of(HeldFile database, List<PosixLock> locks) {
        return locks.stream()
                .filter(lock -> lock.inode() == database.inode()
                        && lock.covers(HeldFile.SHARED_FIRST)
                        && lock.pid() != ProcessHandle.current().pid());
    }
}
