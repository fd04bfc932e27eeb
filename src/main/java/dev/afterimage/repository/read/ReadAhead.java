package dev.afterimage.repository.read;

import dev.afterimage.storage.StoredObject;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * An object that is read from its beginning to its end, and its last part again and again meanwhile: in large pieces, of which it holds the last two that were asked
 * for. Where each read takes a round trip, that is what reading takes. Safe for several threads, which wait for each other.
 */
final class ReadAhead implements StoredObject {

    private static final int PIECE = 4 << 20;

    private final StoredObject object;
    private @Nullable Piece newest;
    private @Nullable Piece older;

    private record Piece(long from, ByteBuffer bytes) {

        boolean has(long position) {
            return position >= from && position < from + bytes.limit();
        }
    }

    /** @param object closed with this */
    ReadAhead(StoredObject object) {
        this.object = object;
    }

    @Override
    public long size() {
        return object.size();
    }

    @Override
    public synchronized int read(long position, ByteBuffer target) {
        int start = target.position();
        while (target.hasRemaining()) {
            long at = position + target.position() - start;
            var piece = piece(at);
            int from = (int) (at - piece.from);
            int length = Math.min(target.remaining(), piece.bytes.limit() - from);
            if (length <= 0) {
                break;
            }
            target.put(piece.bytes.slice(from, length));
        }
        return target.position() - start;
    }

    private Piece piece(long position) {
        if (older != null && older.has(position)) {
            var found = older;
            older = newest;
            newest = found;
        }
        if (newest == null || !newest.has(position)) {
            var read = fetch(position / PIECE * PIECE);
            older = newest;
            newest = read;
        }
        return newest;
    }

    private Piece fetch(long from) {
        var bytes = ByteBuffer.allocate((int) Math.min(PIECE, Math.max(0, size() - from)));
        object.read(from, bytes);
        return new Piece(from, bytes.flip());
    }

    @Override
    public void isRead() {
        object.isRead();
    }

    @Override
    public void close() {
        object.close();
    }
}
