package dev.afterimage.sqlite.live;

import dev.afterimage.sqlite.format.WalIndexHeader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;

/**
 * A process that reads a database by its WAL. While it does, the frames that it sees, and those after them, stay in the WAL.
 *
 * @param read what it reads, as long as it goes on with that
 */
public record WalReader(Holder holder, Read read) {

    private static final String LOCK = "WAL_READ_";

    /**
     * Of the {@code -shm}: the {@linkplain WalIndexHeader header}, and the <a
     * href="https://www.sqlite.org/walformat.html#the_wal_index_header">checkpoint info</a> as far as it has the read marks.
     */
    private static final int BYTES = 120;

    private static final int SALTS = 32;
    private static final int BACKFILLED = 96;
    private static final int READ_MARKS = 100;

    /**
     * One read: a lock on a read mark, in one WAL. Another read of the same process is told from it by how far it sees, unless
     * nothing was committed in between.
     *
     * @param lock which of the five read marks it holds
     * @param frames how far into the WAL it sees; with the first read mark, which is only held by who begins when all is in the
     *     database file, how much of the WAL is there
     * @param salts of the WAL
     */
    public record Read(long pid, String lock, long frames, long salts) {}

    /**
     * Those of this moment, this process among them.
     *
     * @throws SourceException if the database, or its {@code -shm}, cannot be looked at
     */
    public static List<WalReader> of(Path database) {
        var shm = shm(database);
        return Holders.of(database).stream()
                .flatMap(holder -> holder.locks().stream()
                        .filter(lock -> lock.startsWith(LOCK))
                        .map(lock -> new WalReader(holder, read(holder.pid(), lock, shm))))
                .toList();
    }

    private static ByteBuffer shm(Path database) {
        var bytes = ByteBuffer.allocate(BYTES).order(ByteOrder.nativeOrder());
        var live = LiveFile.enter(SourceFile.find(database));
        try {
            live.readShm(bytes);
        } finally {
            live.leave();
        }
        return bytes.clear();
    }

    /** Not checked by a checksum: a number that is just being written makes another read of it, which is told as a later one. */
    private static Read read(long pid, String lock, ByteBuffer shm) {
        int mark = Integer.parseInt(lock.substring(LOCK.length()));
        int frames = shm.getInt(mark == 0 ? BACKFILLED : READ_MARKS + mark * Integer.BYTES);
        return new Read(pid, lock, Integer.toUnsignedLong(frames), shm.getLong(SALTS));
    }
}
