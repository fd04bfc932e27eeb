package dev.afterimage.catalog.databases;

import static java.util.stream.Collectors.toSet;

import dev.afterimage.catalog.Catalog;
import dev.afterimage.catalog.TimeOrderedId;
import dev.afterimage.catalog.home.Node;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.RowCallbackHandler;
import org.springframework.stereotype.Component;

/** The databases of this node by their files: which files are known, are new, or are gone. */
@Component
public class DatabaseFiles {

    /** So many rows are written in one transaction, for which requests then wait. */
    private static final int BATCH = 200;

    /** Longer than it takes to delete a file and to give another one its name. */
    private static final Duration MOMENT = Duration.ofMillis(100);

    private final Catalog catalog;
    private final Databases databases;
    private final Node node;
    private final Clock clock;

    public DatabaseFiles(Catalog catalog, Databases databases, Node node, Clock clock) {
        this.catalog = catalog;
        this.databases = databases;
        this.node = node;
        this.clock = clock;
    }

    /** The files of registered databases, by the names of the databases. */
    public Map<String, Path> registered() {
        var files = new HashMap<String, Path>();
        catalog.query("SELECT name, path FROM database WHERE node = :node AND removed_at IS NULL")
                .param("node", node.id().toString())
                .query((RowCallbackHandler) row -> {
                    var name = row.getString("name");
                    path(row.getString("path")).ifPresent(path -> files.put(name, path));
                });
        return files;
    }

    /** Empty for one that no file can have in the locale of this process: nothing is known of that file. */
    static Optional<Path> path(String location) {
        try {
            return Optional.of(Path.of(location));
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
    }

    public Set<Path> registeredPaths() {
        return paths("removed_at IS NULL");
    }

    /** Of databases that somebody has removed, which are not to come back by themselves. */
    public Set<Path> removedPaths() {
        return paths("removed_at IS NOT NULL");
    }

    private Set<Path> paths(String condition) {
        return new HashSet<>(catalog
                .query("SELECT path FROM database WHERE node = :node AND " + condition)
                .param("node", node.id().toString())
                .query((row, number) -> path(row.getString("path")))
                .list()
                .stream()
                .flatMap(Optional::stream)
                .toList());
    }

    /** Registers all, some at a time. Dying meanwhile leaves some registered, none of them in part. */
    public void addAll(List<FoundDatabase> found) {
        if (found.isEmpty()) {
            return;
        }
        var names = new FreeNames(
                catalog.query("SELECT name FROM database").query(String.class).list());
        for (int from = 0; from < found.size(); from += BATCH) {
            var batch = found.subList(from, Math.min(found.size(), from + BATCH));
            catalog.inTransaction(() -> {
                batch.forEach(one -> add(one, names));
                return batch.size();
            });
        }
    }

    /** Unless somebody has registered its file meanwhile. */
    private void add(FoundDatabase found, FreeNames names) {
        catalog.update("""
            INSERT INTO database (id, name, path, given_path, labels, node, created_at, max_age)
            SELECT :id, :name, :path, :path, :labels, :node, :now, :maxAge
            WHERE NOT EXISTS (SELECT 1 FROM database WHERE path = :path AND node = :node)
            """)
                .param("id", TimeOrderedId.next(clock).toString())
                .param("name", databases.free(found.name(), names))
                .param("path", found.path().toString())
                .param("labels", catalog.toJson(found.labels()))
                .param("node", node.id().toString())
                .param("now", clock.millis())
                .param("maxAge", found.maxAge() == null ? null : found.maxAge().toMillis())
                .update();
    }

    /** The file of a registered database, and whether it was not there when it was looked at last. */
    private record RegisteredFile(String id, Path path, boolean missing) {

        boolean isMissing() {
            return Files.notExists(path) || missing && !Files.exists(path);
        }
    }

    /**
     * Looks at the files of all registered databases, without opening them, and notes since when which are not there. One that cannot be
     * looked at counts as it did before. One that is newly gone is looked at twice: an application may just be replacing it.
     *
     * @return how many are not there
     */
    public long noteMissing() {
        var files = catalog
                .query("""
                        SELECT id, path, missing_since IS NOT NULL AS missing FROM database
                        WHERE node = :node AND removed_at IS NULL
                        """)
                .param("node", node.id().toString())
                .query((row, number) -> registeredFile(row))
                .list()
                .stream()
                .flatMap(Optional::stream)
                .toList();
        var missing =
                stillMissing(files.stream().filter(RegisteredFile::isMissing).toList());
        var back = files.stream()
                .filter(file -> file.missing() && !missing.contains(file))
                .toList();
        note(missing.stream().filter(file -> !file.missing()).toList(), clock.millis());
        note(back, null);
        return missing.size();
    }

    private static Optional<RegisteredFile> registeredFile(ResultSet row) throws SQLException {
        var id = row.getString("id");
        boolean missing = row.getBoolean("missing");
        return path(row.getString("path")).map(path -> new RegisteredFile(id, path, missing));
    }

    private static Set<RegisteredFile> stillMissing(List<RegisteredFile> missing) {
        if (!missing.stream().allMatch(RegisteredFile::missing)) {
            LockSupport.parkNanos(MOMENT.toNanos());
        }
        return missing.stream()
                .filter(file -> file.missing() || file.isMissing())
                .collect(toSet());
    }

    private void note(List<RegisteredFile> files, @Nullable Long missingSince) {
        for (var file : files) {
            catalog.update("UPDATE database SET missing_since = :since WHERE id = :id")
                    .param("since", missingSince)
                    .param("id", file.id())
                    .update();
        }
    }
}
