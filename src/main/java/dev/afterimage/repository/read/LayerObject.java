package dev.afterimage.repository.read;

import dev.afterimage.repository.format.LayerRef;
import dev.afterimage.storage.StorageException;
import dev.afterimage.storage.StoredObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import org.jspecify.annotations.Nullable;

/**
 * A layer that is open: its tail as this node has kept it, or is going to, the rest from the storage. Nothing of it is proven. Safe for several
 * threads.
 */
final class LayerObject implements StoredObject {

    private final StoredObject object;
    private final LayerRef layer;
    private final IndexCache indexes;
    private final long tail;
    private boolean trusted = true;
    private @Nullable Piece piece;

    /** The one that was read last; stays readable when the cache drops it. */
    private record Piece(int number, FileChannel file) {}

    /** @param object closed with this */
    LayerObject(StoredObject object, LayerRef layer, IndexCache indexes) {
        this.object = object;
        this.layer = layer;
        this.indexes = indexes;
        this.tail = layer.bytes() - layer.indexBytes();
    }

    @Override
    public long size() {
        return object.size();
    }

    /** Also throws {@link StorageException.Missing} where only the first read looks for the object. */
    @Override
    public int read(long position, ByteBuffer target) {
        return position < tail || !indexes.keeps() ? object.read(position, target) : readTail(position, target);
    }

    private synchronized int readTail(long position, ByteBuffer target) {
        int start = target.position();
        int limit = target.limit();
        while (target.hasRemaining()) {
            long at = position + target.position() - start;
            int number = Math.toIntExact((at - tail) / indexes.pieceBytes());
            long end = tail + (number + 1L) * indexes.pieceBytes();
            target.limit((int) Math.min(limit, target.position() + end - at));
            int read = trusted ? readPiece(number, at, target) : object.read(at, target);
            target.limit(limit);
            if (read == 0) {
                break;
            }
        }
        return target.position() - start;
    }

    /** From the storage where it cannot be kept, such as on a full disk. */
    private int readPiece(int number, long position, ByteBuffer target) {
        int before = target.position();
        try {
            long at = position - tail - (long) number * indexes.pieceBytes();
            var file = piece(number);
            while (target.hasRemaining() && file.read(target, at + target.position() - before) > 0) {}
            if (!target.hasRemaining()) {
                return target.position() - before;
            }
        } catch (IOException e) {
            indexes.failed(e);
        }
        distrustKept();
        return object.read(position, target.position(before));
    }

    private FileChannel piece(int number) throws IOException {
        var last = piece;
        if (last != null && last.number == number) {
            return last.file;
        }
        closePiece();
        var kept = indexes.find(layer.id(), number);
        var file = kept.isPresent() ? kept.get() : indexes.keep(layer.id(), number, fetch(number));
        piece = new Piece(number, file);
        return file;
    }

    private ByteBuffer fetch(int number) {
        long from = tail + (long) number * indexes.pieceBytes();
        var bytes = ByteBuffer.allocate((int) Math.min(indexes.pieceBytes(), Math.max(0, layer.bytes() - from)));
        object.read(from, bytes);
        return bytes.flip();
    }

    /**
     * What was read of the tail is not what was written: this node forgets what it has kept of it. From here on all is read from the storage.
     *
     * @return false where all was read from there before
     */
    synchronized boolean distrustKept() {
        if (!trusted || !indexes.keeps()) {
            return false;
        }
        trusted = false;
        indexes.forget(layer.id());
        closePiece();
        return true;
    }

    /** The same of what was read at a position, if this may have kept that. */
    boolean distrustKept(long position) {
        return position >= tail && distrustKept();
    }

    private void closePiece() {
        var last = piece;
        piece = null;
        if (last != null) {
            try {
                last.file.close();
            } catch (IOException e) {
                indexes.failed(e);
            }
        }
    }

    @Override
    public void isRead() {
        object.isRead();
    }

    @Override
    public synchronized void close() {
        try (object) {
            closePiece();
        }
    }
}
