package dev.afterimage.repository.read;

import dev.afterimage.repository.format.SnapshotDamagedException;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.storage.EarlyWriteback;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Snapshots as files of their own. */
public final class SnapshotFile {

    private static final Set<StandardOpenOption> NEW = Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE);

    /**
     * With more the kernel takes larger pieces of free memory for its cache. In a virtual machine whose host takes back what
     * was free for a while, these are just the ones that have to be fetched first: 800 MB took 2 to 3 seconds more by 1 MiB.
     */
    private static final int BYTES_PER_WRITE = 128 << 10;

    private SnapshotFile() {}

    /**
     * Writes a snapshot to a file that must not exist, or be empty, and that only its owner may read, proves every byte on the way, and syncs it to disk. After a failure
     * an incomplete file may be there; the caller deletes it.
     *
     * @param progress told of pages written; may throw to stop
     * @return SHA-256 of the file, in hexadecimal
     * @throws SnapshotDamagedException when what is stored is not what was saved
     * @throws UnwritableFileException when something is in the file or it cannot be written
     */
    public static String write(SnapshotReader snapshot, Path file, PageProgress progress) {
        return write(file, target -> snapshot.copyTo(target, progress));
    }

    /**
     * The same without the SHA-256 of the whole file. Every page and the tree digest are proven all the same; that SHA-256 is a
     * fifth of the work, and cannot be shared among cores.
     */
    public static void writePages(SnapshotReader snapshot, Path file, PageProgress progress) {
        write(file, target -> {
            snapshot.copyPagesTo(target, progress);
            return file;
        });
    }

    private static <T> T write(Path file, Copy<T> copy) {
        try (var channel = create(file);
                var writeback = new EarlyWriteback(channel)) {
            var result = copy.to(new Target(channel, writeback));
            writeback.await();
            channel.force(true);
            return result;
        } catch (IOException e) {
            throw new UnwritableFileException(file, e);
        }
    }

    /** A new file that only its owner may read, or the empty one that somebody has made who knows better where. */
    static FileChannel create(Path file) throws IOException {
        var channel = FileChannel.open(file, NEW, ownerOnly(file));
        try {
            if (channel.size() > 0) {
                throw new FileAlreadyExistsException(file.toString());
            }
            return channel;
        } catch (IOException e) {
            try (channel) {
                throw e;
            }
        }
    }

    /** From its first byte on: what is written is the content of a database that others may not be allowed to read. */
    private static FileAttribute<?>[] ownerOnly(Path file) {
        boolean posix = file.getFileSystem().supportedFileAttributeViews().contains("posix");
        return posix
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
                }
                : new FileAttribute<?>[0];
    }

    /** Puts a snapshot into a file. */
    private interface Copy<T> {
        T to(WritableByteChannel target) throws IOException;
    }

    /** A file of which the operating system writes the beginning to disk while the rest is made. */
    private record Target(FileChannel file, EarlyWriteback writeback) implements WritableByteChannel {

        @Override
        public int write(ByteBuffer pages) throws IOException {
            int bytes = Math.min(BYTES_PER_WRITE, pages.remaining());
            int written = file.write(pages.slice(pages.position(), bytes));
            pages.position(pages.position() + written);
            writeback.grown(written);
            return written;
        }

        @Override
        public boolean isOpen() {
            return file.isOpen();
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }
}
