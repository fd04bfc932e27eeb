package dev.afterimage.repository;

import dev.afterimage.sqlite.PageProgress;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/** Snapshots as files of their own. */
public final class SnapshotFile {

    private SnapshotFile() {}

    /**
     * Writes a snapshot to a file that must not exist, proves every byte on the way, and syncs it to disk. After a failure
     * an incomplete file may be there; the caller deletes it.
     *
     * @param progress told of pages written; may throw to stop
     * @return SHA-256 of the file, in hexadecimal
     * @throws SnapshotDamagedException when what is stored is not what was saved
     * @throws UnwritableFileException when the file exists or cannot be written
     */
    public static String write(SnapshotReader snapshot, Path file, PageProgress progress) {
        try (var channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            var sha256 = snapshot.copyTo(channel, progress);
            channel.force(true);
            return sha256;
        } catch (IOException e) {
            throw new UnwritableFileException(file, e);
        }
    }

    /**
     * Whether a file has the bytes of a snapshot.
     *
     * @return its SHA-256, in hexadecimal, when it has
     * @throws SnapshotDamagedException when what is stored is not what was saved
     * @throws UnusableFileException when the file cannot be read
     */
    public static Optional<String> sha256IfEqual(SnapshotReader snapshot, Path file) {
        try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
            var comparison = new Comparison(channel);
            var sha256 = snapshot.copyTo(comparison, PageProgress.NONE);
            return comparison.equal() && channel.position() == channel.size() ? Optional.of(sha256) : Optional.empty();
        } catch (IOException e) {
            throw new UnusableFileException(file, e);
        }
    }

    /** Takes the bytes that a file should have, and compares them with those that it has. */
    private static final class Comparison implements WritableByteChannel {

        private final FileChannel file;
        private boolean equal = true;

        Comparison(FileChannel file) {
            this.file = file;
        }

        boolean equal() {
            return equal;
        }

        @Override
        public int write(ByteBuffer expected) throws IOException {
            int bytes = expected.remaining();
            var found = ByteBuffer.allocate(bytes);
            while (found.hasRemaining() && file.read(found) >= 0) {}
            equal &= found.flip().equals(expected);
            expected.position(expected.limit());
            return bytes;
        }

        @Override
        public boolean isOpen() {
            return file.isOpen();
        }

        @Override
        public void close() {}
    }
}
