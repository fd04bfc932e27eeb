package dev.afterimage.restore;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.UUID;

/**
 * The folder into which replaced files go. While they do it has a hidden name; its dated name says that all is done. A
 * small file in it tells the job, and has the dated name as its content.
 */
record ReplacedFolder(Path hidden, UUID jobId) {

    boolean exists() {
        return OldFiles.exists(hidden);
    }

    void create(Path dated) throws IOException {
        Files.createDirectory(hidden);
        Files.writeString(
                marker(hidden),
                dated.getFileName().toString(),
                StandardOpenOption.CREATE_NEW,
                StandardOpenOption.WRITE,
                StandardOpenOption.DSYNC);
        OldFiles.sync(hidden);
        OldFiles.sync(directory());
    }

    Path giveDatedName() throws IOException {
        var dated = hidden.resolveSibling(Files.readString(marker(hidden)));
        Files.move(hidden, dated, StandardCopyOption.ATOMIC_MOVE);
        OldFiles.sync(directory());
        return dated;
    }

    /** Gives the dated name too, but nothing says any more that the job replaced a file. */
    Path disown() throws IOException {
        var dated = hidden.resolveSibling(Files.readString(marker(hidden)));
        Files.delete(marker(hidden));
        Files.move(hidden, dated, StandardCopyOption.ATOMIC_MOVE);
        OldFiles.sync(directory());
        return dated;
    }

    /** Removes it when the old files are back in their place. */
    void delete() throws IOException {
        Files.deleteIfExists(marker(hidden));
        Files.deleteIfExists(hidden);
        OldFiles.sync(directory());
    }

    /** The dated folder of this job, from an earlier attempt that died after it was done. */
    Optional<Path> findDated(Path target) throws IOException {
        try (var folders = Files.newDirectoryStream(
                directory(), entry -> entry.getFileName().toString().startsWith(target.getFileName() + ".replaced-"))) {
            for (var folder : folders) {
                if (OldFiles.exists(marker(folder))) {
                    return Optional.of(folder);
                }
            }
            return Optional.empty();
        }
    }

    private Path marker(Path folder) {
        return folder.resolve("afterimage-" + jobId);
    }

    private Path directory() {
        return hidden.resolveSibling(".").normalize();
    }
}
