package dev.afterimage.repository;

import dev.afterimage.sqlite.PageProgress;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

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
}
