package dev.afterimage.sqlite.follow;

import dev.afterimage.sqlite.format.WalIndexHeader;

/**
 * Up to where the commits of a database were taken.
 *
 * @param file device and inode of the database
 * @param pageSize of the database, in bytes
 * @param salts of the WAL
 * @param frames of it that were taken; 0 where it is not begun
 * @param checksum of the last of them, which stands for all before it; means nothing where there is none
 * @param changes how many transactions SQLite had counted then, modulo 2<sup>32</sup>
 */
public record WalPosition(String file, int pageSize, long salts, long frames, long checksum, long changes) {

    private static final long MODULUS = 1L << Integer.SIZE;

    static WalPosition of(String file, int pageSize, WalIndexHeader published) {
        return new WalPosition(
                file, pageSize, published.salts(), published.frames(), published.checksum(), published.changes());
    }

    /** Where the WAL was begun anew since: nothing of it is taken yet. */
    WalPosition atBeginOf(long saltsOfNext) {
        return new WalPosition(file, pageSize, saltsOfNext, 0, 0, changes);
    }

    /** Transactions that were counted since. */
    long commitsUntil(WalIndexHeader later) {
        return Math.floorMod(later.changes() - changes, MODULUS);
    }

    boolean isOfSameFile(WalPosition other) {
        return file.equals(other.file) && pageSize == other.pageSize;
    }
}
