package dev.afterimage.catalog;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;

/**
 * This running Afterimage: its name and the directory that holds its own files. The directories are made when missing.
 *
 * @param home {@code afterimage.home}, the directory of catalog, repository and staging files; default
 *     {@code ./afterimage-data}
 * @param node {@code afterimage.node}, under which jobs are assigned to this node; default the host's name
 */
@ConfigurationProperties("afterimage")
public record Node(Path home, String node) {

    public Node(@Nullable Path home, @Nullable String node) {
        this.home = (home == null ? Path.of("afterimage-data") : home)
                .toAbsolutePath()
                .normalize();
        this.node = node == null || node.isBlank() ? hostName() : node;
        try {
            createForOwnerOnly(this.home);
            Files.createDirectories(staging());
            createForOwnerOnly(uploads());
        } catch (IOException e) {
            throw new UncheckedIOException("afterimage.home cannot be used: " + this.home, e);
        }
    }

    /** What lies in it is the content of databases that others may not read. One that exists is left as it is. */
    private static void createForOwnerOnly(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            Files.createDirectories(directory);
            if (directory.getFileSystem().supportedFileAttributeViews().contains("posix")) {
                Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
            }
        }
    }

    Path catalogFile() {
        return home.resolve("catalog.db");
    }

    public Path repository() {
        return home.resolve("repository");
    }

    /** Files of running jobs; whatever a job left here may be deleted when no job runs. */
    public Path staging() {
        return home.resolve("staging");
    }

    /** Files that were sent to be imported, until their jobs have ended. */
    public Path uploads() {
        return home.resolve("uploads");
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "localhost"; // a host that cannot resolve its own name still is one node
        }
    }
}
