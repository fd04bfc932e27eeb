package dev.afterimage.repository.read;

import dev.afterimage.bytes.FileCalls;
import dev.afterimage.repository.format.SnapshotDamagedException;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.storage.EarlyWriteback;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * A file that is made of a snapshot: one that must not exist, or be empty, and that only its owner may read. After a failure
 * an incomplete file may be there; the caller deletes it.
 */
public final class SnapshotFile {

    private static final Set<StandardOpenOption> NEW = Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE);

    /**
     * With more the kernel takes larger pieces of free memory for its cache. In a virtual machine whose host takes back what
     * was free for a while, these are just the ones that have to be fetched first: 800 MB took 2 to 3 seconds more by 1 MiB.
     */
    private static final int BYTES_PER_WRITE = 128 << 10;

    private final Path path;
    private final boolean lasting;

    private SnapshotFile(Path path, boolean lasting) {
        this.path = path;
        this.lasting = lasting;
    }

    /** One that survives a power failure once it is made. */
    public static SnapshotFile lasting(Path path) {
        return new SnapshotFile(path, true);
    }

    /**
     * One that is read at once and then deleted, so nothing waits for the disk: what a crash leaves of it is of no use. Before what
     * was read is relied on, {@link FileCalls#requireNothingLost} must be asked.
     */
    public static SnapshotFile passing(Path path) {
        return new SnapshotFile(path, false);
    }

    /**
     * Writes a snapshot to it, as {@link SnapshotReader#copyTo} does.
     *
     * @param progress told of pages written; may throw to stop
     * @throws SnapshotDamagedException when what is stored is not what was saved
     * @throws UnwritableFileException when something is in the file or it cannot be written
     */
    public void copy(SnapshotReader snapshot, PageProgress progress) {
        write(snapshot.size(), target -> {
            snapshot.copyTo(target, progress);
            return path;
        });
    }

    /**
     * The same, as {@link SnapshotReader#proveTo} does.
     *
     * @return SHA-256 of the file, in hexadecimal
     */
    public String prove(SnapshotReader snapshot, PageProgress progress) {
        return write(snapshot.size(), target -> snapshot.proveTo(target, progress));
    }

    private <T> T write(long bytes, Copy<T> copy) {
        try (var channel = create(path)) {
            FileCalls.willHave(path, bytes);
            return lasting ? writeAndSync(channel, copy) : copy.to(into(channel));
        } catch (IOException e) {
            throw new UnwritableFileException(path, e);
        }
    }

    private static <T> T writeAndSync(FileChannel channel, Copy<T> copy) throws IOException {
        try (var writeback = new EarlyWriteback(channel)) {
            var file = into(channel);
            var result = copy.to((pages, position) -> {
                int bytes = pages.remaining();
                file.write(pages, position);
                writeback.grown(bytes);
            });
            writeback.await();
            channel.force(true);
            return result;
        }
    }

    /** Writes pages to their places in a file. */
    static PageTarget into(FileChannel file) {
        return (pages, position) -> {
            int start = pages.position();
            while (pages.hasRemaining()) {
                int bytes = Math.min(BYTES_PER_WRITE, pages.remaining());
                int at = pages.position();
                pages.position(at + file.write(pages.slice(at, bytes), position + at - start));
            }
        };
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
        T to(PageTarget target) throws IOException;
    }
}
