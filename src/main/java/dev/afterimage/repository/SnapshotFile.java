package dev.afterimage.repository;

import dev.afterimage.sqlite.PageProgress;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Snapshots as files of their own. */
public final class SnapshotFile {

    private static final Set<StandardOpenOption> NEW = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);

    private SnapshotFile() {}

    /**
     * Writes a snapshot to a file that must not exist and that only its owner may read, proves every byte on the way, and syncs it to disk. After a failure
     * an incomplete file may be there; the caller deletes it.
     *
     * @param progress told of pages written; may throw to stop
     * @return SHA-256 of the file, in hexadecimal
     * @throws SnapshotDamagedException when what is stored is not what was saved
     * @throws UnwritableFileException when the file exists or cannot be written
     */
    public static String write(SnapshotReader snapshot, Path file, PageProgress progress) {
        try (var channel = create(file)) {
            var sha256 = snapshot.copyTo(channel, progress);
            channel.force(true);
            return sha256;
        } catch (IOException e) {
            throw new UnwritableFileException(file, e);
        }
    }

    /** A new file that only its owner may read. */
    static FileChannel create(Path file) throws IOException {
        return FileChannel.open(file, NEW, ownerOnly(file));
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
}
