package dev.afterimage.sqlite.state;

import dev.afterimage.sqlite.live.LiveFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * How far checkpoints have written the WAL back into the database file, as the
 * <a href="https://www.sqlite.org/walformat.html#the_wal_index_header">{@code -shm} tells</a>. Who writes says before how far
 * it wants to come, and after it that it has come so far.
 *
 * @param salts of the WAL that this is about; all of it is 0 where there is no {@code -shm}
 * @param frames that are in the database file for certain
 * @param attempted frames that may be; more than {@code frames} while a checkpoint writes, or when one did not come to its end
 */
record Backfill(long salts, long frames, long attempted) {

    private static final int SALTS = 32;
    private static final int FRAMES = 96;
    private static final int ATTEMPTED = 128;
    private static final int SIZE = 132;

    static Backfill read(LiveFile live) {
        var bytes = ByteBuffer.allocate(SIZE).order(ByteOrder.nativeOrder());
        live.readShm(bytes);
        return new Backfill(
                bytes.getLong(SALTS),
                Integer.toUnsignedLong(bytes.getInt(FRAMES)),
                Integer.toUnsignedLong(bytes.getInt(ATTEMPTED)));
    }

    /** Whether a checkpoint was writing, or has been, between the two; both are of the same WAL. */
    boolean movedUntil(Backfill later) {
        return later.frames != frames || later.attempted > later.frames;
    }
}
