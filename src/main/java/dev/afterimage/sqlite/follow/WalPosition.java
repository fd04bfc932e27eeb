package dev.afterimage.sqlite.follow;

import dev.afterimage.sqlite.format.WalIndexHeader;
import org.jspecify.annotations.Nullable;

/**
 * Up to where the commits of a database were taken.
 *
 * @param file device and inode of the database
 * @param pageSize of the database, in bytes
 * @param salts of the WAL
 * @param frames of it that were taken; 0 where it is not begun
 * @param checksum of the last of them, which stands for all before it; means nothing where there is none
 * @param changes how many transactions SQLite had counted then, modulo 2<sup>32</sup>
 * @param stamp what the file system said of the database file, where nobody had begun a WAL: whoever comes and goes leaves none either, and the
 *     WAL index is the same afterwards. Null where there is a WAL, or a write could leave the same stamp
 */
public record WalPosition(
        String file,
        int pageSize,
        long salts,
        long frames,
        long checksum,
        long changes,
        @Nullable String stamp) {

    private static final long MODULUS = 1L << Integer.SIZE;

    static WalPosition of(String file, int pageSize, WalIndexHeader published) {
        return new WalPosition(
                file, pageSize, published.salts(), published.frames(), published.checksum(), published.changes(), null);
    }

    /** Whether no WAL was begun: of the database file alone the WAL index tells nothing. */
    boolean isWithoutWal() {
        return salts == 0 && frames == 0;
    }

    WalPosition stamped(@Nullable String by) {
        return new WalPosition(file, pageSize, salts, frames, checksum, changes, by);
    }

    /** Where the WAL was begun anew since: nothing of it is taken yet. */
    WalPosition atBeginOf(long saltsOfNext) {
        return new WalPosition(file, pageSize, saltsOfNext, 0, 0, changes, null);
    }

    /** Transactions that were counted since. */
    long commitsUntil(WalIndexHeader later) {
        return Math.floorMod(later.changes() - changes, MODULUS);
    }

    boolean isOfSameFile(WalPosition other) {
        return file.equals(other.file) && pageSize == other.pageSize;
    }
}
