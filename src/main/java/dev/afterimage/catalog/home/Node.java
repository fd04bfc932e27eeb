package dev.afterimage.catalog.home;

import dev.afterimage.bytes.Fsync;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;

/**
 * This running Afterimage: who it is, and the directory that holds its own files. Databases and jobs belong to its id, which lies in the
 * home; its name is only shown.
 */
@ConfigurationProperties("afterimage")
public final class Node {

    /**
     * Where the repository is.
     *
     * @param location {@code afterimage.repository.location}, its directory, or {@code s3://bucket/prefix}; {@code repository} in the home when not
     *     given
     */
    public record Place(@Nullable String location) {

        /** A variable of the environment that is set, and empty, is as good as none. */
        private String in(Path home) {
            if (location == null || location.isEmpty()) {
                return home.resolve("repository").toString();
            }
            return location.contains("://")
                    ? location
                    : Path.of(location).toAbsolutePath().normalize().toString();
        }
    }

    /** Of a home that is being made: nobody takes it for one yet. */
    private static final String UNFINISHED_CATALOG = "catalog-unfinished.db";

    private static final String CATALOG = "catalog.db";

    /** What a home has before it has a catalog. */
    private static final Set<String> BESIDE_THE_CATALOG =
            Set.of("node-id", "lock", "staging", "uploads", "catalog-copies", "cache", "unsent", "spool", "lost+found");

    private final Path home;
    private final Path catalogFile;
    private final String repository;
    private final String name;
    private final UUID id;

    /**
     * Makes the directories, and the id, where they are missing.
     *
     * @param home {@code afterimage.home}, the directory of catalog, repository and staging files; default
     *     {@code ./afterimage-data}
     * @param repository null for the default
     * @param node {@code afterimage.node}, the name under which answers show this node; default the host's name
     */
    public Node(@Nullable Path home, @Nullable String node, @Nullable Place repository) {
        this(home == null ? Path.of("afterimage-data") : home, node, repository, CATALOG);
    }

    private Node(Path home, @Nullable String node, @Nullable Place repository, String catalog) {
        this.home = home.toAbsolutePath().normalize();
        this.catalogFile = this.home.resolve(catalog);
        this.repository = (repository == null ? new Place(null) : repository).in(this.home);
        this.name = node == null || node.isBlank() ? hostName() : node;
        try {
            createForOwnerOnly(this.home);
            Files.createDirectories(staging());
            createForOwnerOnly(uploads());
            createForOwnerOnly(catalogCopies());
            createForOwnerOnly(this.home.resolve("cache"));
            createForOwnerOnly(pageHashes());
            createForOwnerOnly(layerIndexes());
            createForOwnerOnly(unsent());
            this.id = NodeIdFile.of(this.home);
        } catch (IOException e) {
            throw new UncheckedIOException("afterimage.home cannot be used: " + this.home, e);
        }
    }

    /**
     * One whose home is being made. As long as it is not {@linkplain #finish finished} it is as good as empty, for who starts a service with it and for
     * who makes it once more.
     *
     * @throws UncheckedIOException as for any node
     */
    public static Node unfinished(Path home) {
        return new Node(home, null, null, UNFINISHED_CATALOG);
    }

    /** Deletes what an earlier attempt has left of the catalog. Nobody has it open. */
    public void beginAnew() throws IOException {
        for (var suffix : List.of("-wal", "-shm", "")) {
            Files.deleteIfExists(home.resolve(UNFINISHED_CATALOG + suffix));
        }
    }

    /** Whether its home is one: what is written must then outlive a power cut. */
    public boolean isFinished() {
        return catalogFile.endsWith(CATALOG);
    }

    /** Makes it a home, in one step. The catalog is closed, and has no WAL any more. */
    public void finish() throws IOException {
        Fsync.file(catalogFile);
        Files.move(catalogFile, home.resolve(CATALOG), StandardCopyOption.ATOMIC_MOVE);
        Fsync.directory(home);
    }

    /**
     * Whether all that lies in a directory is what an attempt that died may have left of an unfinished home.
     *
     * @param besideRepository whether a repository may lie there, too
     */
    public static boolean isUnfinished(Path home, boolean besideRepository) throws IOException {
        try (var entries = Files.list(home)) {
            return entries.map(entry -> entry.getFileName().toString())
                    .allMatch(name -> name.startsWith(UNFINISHED_CATALOG)
                            || BESIDE_THE_CATALOG.contains(name)
                            || (besideRepository && name.equals("repository")));
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

    /** The same for as long as the home lives, whatever the host is called. */
    public UUID id() {
        return id;
    }

    public String name() {
        return name;
    }

    public Path home() {
        return home;
    }

    /** How answers show the node of an id: this one by its name, another one by the id. */
    public String shown(String nodeId) {
        return nodeId.equals(id.toString()) ? name : nodeId;
    }

    public Path catalogFile() {
        return catalogFile;
    }

    /** A directory's path, or an address. */
    public String repository() {
        return repository;
    }

    /** Where it is a directory of this machine. */
    public Optional<Path> repositoryDirectory() {
        return repository.contains("://") ? Optional.empty() : Optional.of(Path.of(repository));
    }

    /** In which there are no databases of applications. */
    public List<Path> ownDirectories() {
        return Stream.concat(Stream.of(home), repositoryDirectory().stream()).toList();
    }

    /** What a repository on another machine has not got yet. */
    public Path unsent() {
        return home.resolve("unsent");
    }

    /** Files of running jobs; whatever a job left here may be deleted when no job runs. */
    public Path staging() {
        return home.resolve("staging");
    }

    /** Copies of the catalog that the repository has not got yet. */
    public Path catalogCopies() {
        return home.resolve("catalog-copies");
    }

    /** By which captures know what has not changed; can be lost at any time. */
    public Path pageHashes() {
        return home.resolve("cache").resolve("pages");
    }

    /** What is read of layers on a storage far away again and again; can be lost at any time. */
    public Path layerIndexes() {
        return home.resolve("cache").resolve("indexes");
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
