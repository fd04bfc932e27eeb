package dev.afterimage.sqlite.capture;

import dev.afterimage.sqlite.format.JournalMode;
import dev.afterimage.sqlite.live.OwnLock;
import dev.afterimage.sqlite.live.SourceException;
import dev.afterimage.sqlite.live.SourceFile;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The lock of a pinned database, as it can be seen from outside while others work with its files. */
final class HeldLock {

    private final SourceFile file;
    private final @Nullable Object shm;
    private final @Nullable Object wal;
    private final @Nullable OwnLock own;

    /** To be called when it is pinned. That of a reader is not looked for: what it keeps others from is seen by what they do. */
    HeldLock(SourceFile file, ScanLock lock, JournalMode mode) {
        this.file = file;
        this.shm = file.shmIdentity();
        this.wal = file.walIdentity();
        this.own = switch (lock) {
            case READ -> null;
            case IMMEDIATE -> OwnLock.ofWriter(file, mode);
            case EXCLUSIVE -> OwnLock.ofOnlyUser(file);
        };
    }

    /**
     * Sees that it is there, and on the files that others find.
     *
     * @throws SourceException BACKUP_INTERRUPTED if not
     */
    void require() {
        file.requireUnreplaced();
        if (!Objects.equals(file.shmIdentity(), shm)) {
            throw SourceException.unlocked(file.path());
        }
        if (!Objects.equals(file.walIdentity(), wal)) {
            throw SourceException.withoutItsWal(file.path());
        }
        if (own != null) {
            own.requireHeld();
        }
    }
}
