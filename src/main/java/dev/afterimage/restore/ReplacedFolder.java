package dev.afterimage.restore;

import java.io.IOException;
import java.nio.file.FileSystemException;
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

    /** @param datedName which it will get; a number is added where that is taken by then */
    void create(String datedName) throws IOException {
        Files.createDirectory(hidden);
        Files.writeString(
                marker(hidden),
                datedName,
                StandardOpenOption.CREATE_NEW,
                StandardOpenOption.WRITE,
                StandardOpenOption.DSYNC);
        OldFiles.sync(hidden);
        OldFiles.sync(directory());
    }

    Path giveDatedName() throws IOException {
        return giveName(Files.readString(marker(hidden)));
    }

    /** Gives the dated name too, but nothing says any more that the job replaced a file. */
    Path disown() throws IOException {
        // Dying after the marker is gone leaves a hidden folder whose date is lost: it then gets the job's name.
        var marker = marker(hidden);
        var name = OldFiles.exists(marker)
                ? Files.readString(marker)
                : hidden.getFileName().toString().substring(1);
        Files.deleteIfExists(marker);
        return giveName(name);
    }

    /** With the first number under which there is nothing. */
    private Path giveName(String name) throws IOException {
        for (int number = 1; true; number++) {
            var dated = hidden.resolveSibling(number == 1 ? name : name + "-" + number);
            if (!OldFiles.exists(dated) && hasMovedTo(dated)) {
                OldFiles.sync(directory());
                return dated;
            }
        }
    }

    private boolean hasMovedTo(Path dated) throws IOException {
        try {
            Files.move(hidden, dated, StandardCopyOption.ATOMIC_MOVE);
            return true;
        } catch (FileSystemException e) {
            if (OldFiles.exists(dated)) {
                return false; // made by somebody just now
            }
            throw e;
        }
    }

    /** Removes it when the old files are back in their place. */
    void delete() throws IOException {
        Files.deleteIfExists(marker(hidden));
        Files.deleteIfExists(hidden);
        OldFiles.sync(directory());
    }

    /** The dated folder of this job, from an earlier attempt that died after it was done. */
    Optional<Path> findDated(Path target) throws IOException {
        if (!Files.isDirectory(directory())) {
            return Optional.empty();
        }
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
