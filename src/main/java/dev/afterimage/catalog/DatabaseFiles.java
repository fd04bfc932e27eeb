package dev.afterimage.catalog;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.RowCallbackHandler;
import org.springframework.stereotype.Component;

/** The databases of this node by their files: which files are known, are new, or are gone. */
@Component
public class DatabaseFiles {

    /** So many rows are written in one transaction, for which requests then wait. */
    private static final int BATCH = 200;

    private final Catalog catalog;
    private final Databases databases;
    private final Node node;
    private final Clock clock;

    DatabaseFiles(Catalog catalog, Databases databases, Node node, Clock clock) {
        this.catalog = catalog;
        this.databases = databases;
        this.node = node;
        this.clock = clock;
    }

    /** The files of registered databases, by the names of the databases. */
    public Map<String, Path> registered() {
        var files = new HashMap<String, Path>();
        catalog.query("SELECT name, path FROM database WHERE node = :node AND removed_at IS NULL")
                .param("node", node.node())
                .query((RowCallbackHandler) row -> files.put(row.getString("name"), Path.of(row.getString("path"))));
        return files;
    }

    public Set<Path> registeredPaths() {
        return paths("removed_at IS NULL");
    }

    /** Of databases that somebody has removed, which are not to come back by themselves. */
    public Set<Path> removedPaths() {
        return paths("removed_at IS NOT NULL");
    }

    private Set<Path> paths(String condition) {
        return new HashSet<>(catalog.query("SELECT path FROM database WHERE node = :node AND " + condition)
                .param("node", node.node())
                .query((row, number) -> Path.of(row.getString("path")))
                .list());
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
                        INSERT INTO database (id, name, path, labels, node, created_at, max_age)
                        SELECT :id, :name, :path, :labels, :node, :now, :maxAge
                        WHERE NOT EXISTS (SELECT 1 FROM database WHERE path = :path AND node = :node)
                        """)
                .param("id", TimeOrderedId.next(clock).toString())
                .param("name", databases.free(found.name(), names))
                .param("path", found.path().toString())
                .param("labels", catalog.toJson(found.labels()))
                .param("node", node.node())
                .param("now", clock.millis())
                .param("maxAge", found.maxAge() == null ? null : found.maxAge().toMillis())
                .update();
    }

    /**
     * Looks at the files of all registered databases, without opening them, and notes since when which are not there. One that cannot be
     * looked at counts as it did before.
     *
     * @return how many are not there
     */
    public long noteMissing() {
        record File(String id, Path path, boolean missing) {}
        var files = catalog.query("""
                        SELECT id, path, missing_since IS NOT NULL AS missing FROM database
                        WHERE node = :node AND removed_at IS NULL
                        """)
                .param("node", node.node())
                .query((row, number) ->
                        new File(row.getString("id"), Path.of(row.getString("path")), row.getBoolean("missing")))
                .list();
        var gone = new ArrayList<String>();
        var back = new ArrayList<String>();
        long missing = 0;
        for (var file : files) {
            boolean isMissing = Files.notExists(file.path()) || file.missing() && !Files.exists(file.path());
            missing += isMissing ? 1 : 0;
            if (isMissing != file.missing()) {
                (isMissing ? gone : back).add(file.id());
            }
        }
        note(gone, clock.millis());
        note(back, null);
        return missing;
    }

    private void note(List<String> ids, @Nullable Long missingSince) {
        for (var id : ids) {
            catalog.update("UPDATE database SET missing_since = :since WHERE id = :id")
                    .param("since", missingSince)
                    .param("id", id)
                    .update();
        }
    }
}
