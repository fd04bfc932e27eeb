package dev.afterimage.backup;

import dev.afterimage.bytes.Disk;
import dev.afterimage.bytes.Fsync;
import dev.afterimage.catalog.home.Node;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.sqlite.StagingProblem;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;

/**
 * Files that were sent to be imported, in {@code afterimage.home/uploads}, each named after the snapshot that is to be made of
 * it. They survive a restart of the service; whoever has no use for one any more discards it.
 */
@Component
public class ImportFiles {

    private static final int BUFFER_BYTES = 1 << 20;

    /** What an import leaves to the catalog, which lies on the same disk, or no change could be noted any more. */
    private static final long ROOM_LEFT_BYTES = 64 << 20;

    /** Others write meanwhile; together they go on by less than is left between two looks. */
    private static final long BYTES_BETWEEN_LOOKS = 4 << 20;

    /**
     * A file that was received whole.
     *
     * @param sha256 of it, hexadecimal
     */
    public record Received(ImportFile file, String sha256) {}

    private final Path directory;
    private final long maxBytes;

    ImportFiles(Node node, ImportSettings settings) {
        this.directory = node.uploads();
        this.maxBytes = settings.maxSize().toBytes();
    }

    /** Where the file is of which that snapshot is to be made. */
    public Path of(UUID snapshotId) {
        return directory.resolve(snapshotId + ".db");
    }

    /**
     * Receives a file. When this returns, the file survives a crash; when it throws, nothing of it is left.
     *
     * @param body read to its end, unless this throws; the caller closes it
     * @param announcedBytes how many it will have; negative when that is not known
     * @throws ProblemException REQUEST_TOO_LARGE when it is larger than {@code afterimage.imports.max-size}; before anything is written
     *     if it was announced
     * @throws ProblemException STORAGE_FULL when there is no room for it and 64 MiB more; before anything is written if it was announced
     * @throws ProblemException INVALID_REQUEST when the body ends before its end
     * @throws ProblemException NOT_A_DATABASE when it is no whole database
     * @throws ProblemException STORAGE_FULL or STORAGE_UNREACHABLE when it cannot be written
     */
    public Received receive(UUID snapshotId, InputStream body, long announcedBytes) {
        requireAllowed(announcedBytes);
        requireRoom(Math.max(announcedBytes, 0));
        var file = of(snapshotId);
        try {
            var sha256 = write(body, file);
            return new Received(ImportFile.at(file), sha256);
        } catch (RuntimeException | Error e) {
            discardAfter(e, snapshotId);
            throw e;
        }
    }

    private void requireAllowed(long bytes) {
        if (bytes > maxBytes) {
            throw new ProblemException(Problem.of(
                    ProblemCode.REQUEST_TOO_LARGE,
                    "The file has more than %d bytes".formatted(maxBytes),
                    "Raise afterimage.imports.max-size, or send a smaller file."));
        }
    }

    private void requireRoom(long bytes) {
        try {
            long usable = Disk.usableBytes(directory);
            if (usable < bytes + ROOM_LEFT_BYTES) {
                throw new ProblemException(
                        Problem.of(
                                ProblemCode.STORAGE_FULL,
                                "There are %d bytes to be written, %s has %d free, and some of them are for the catalog"
                                        .formatted(bytes, directory, usable),
                                "Free space in afterimage.home, which needs as much as the file has, and as much again to store it."));
            }
        } catch (IOException e) {
            throw StagingProblem.of(directory, e);
        }
    }

    private String write(InputStream body, Path file) {
        var received = new ReceivedBytes(body);
        try (var channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            var buffer = new byte[BUFFER_BYTES];
            long nextLook = BYTES_BETWEEN_LOOKS;
            for (int length = received.read(buffer); length >= 0; length = received.read(buffer)) {
                requireAllowed(received.count());
                if (received.count() >= nextLook) {
                    requireRoom(BYTES_BETWEEN_LOOKS);
                    nextLook = received.count() + BYTES_BETWEEN_LOOKS;
                }
                write(channel, ByteBuffer.wrap(buffer, 0, length));
            }
            channel.force(true);
            Fsync.directory(directory); // dying before this line leaves a file that no job needs, or none
            return received.sha256();
        } catch (IOException e) {
            throw StagingProblem.of(file, e);
        }
    }

    private static void write(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    private void discardAfter(Throwable failure, UUID snapshotId) {
        try {
            discard(snapshotId);
        } catch (RuntimeException e) { // the next start deletes it
            failure.addSuppressed(e);
        }
    }

    /**
     * Deletes the file of which that snapshot was to be made, if it is there.
     *
     * @throws ProblemException STORAGE_UNREACHABLE when it cannot be deleted
     */
    public void discard(UUID snapshotId) {
        try {
            Files.deleteIfExists(of(snapshotId));
        } catch (IOException e) {
            throw StagingProblem.of(of(snapshotId), e);
        }
    }

    /**
     * Deletes all files but those of which these snapshots are to be made, at a time when none is received.
     *
     * @throws ProblemException STORAGE_UNREACHABLE when one cannot be deleted
     */
    public void discardAllBut(Set<UUID> snapshotIds) {
        var kept = snapshotIds.stream().map(this::of).collect(Collectors.toSet());
        try {
            for (var file : filesBut(kept)) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw StagingProblem.of(directory, e);
        }
    }

    private List<Path> filesBut(Set<Path> kept) throws IOException {
        var found = new ArrayList<Path>();
        try (var files = Files.newDirectoryStream(directory, file -> !kept.contains(file))) {
            files.forEach(found::add);
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return found;
    }
}
