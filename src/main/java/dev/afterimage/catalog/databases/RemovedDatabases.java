package dev.afterimage.catalog.databases;

import dev.afterimage.catalog.Catalog;
import dev.afterimage.lifecycle.PeriodicThread;
import dev.afterimage.lifecycle.PeriodicWork;
import java.nio.file.Files;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;

/**
 * Databases that were removed. Their rows stay as long as something of them is kept, and a month in any case: until then,
 * registering the name again takes over what there is. They also stay while a file lies at the path: discovery would register it again.
 */
@Component
public class RemovedDatabases extends PeriodicWork {

    private static final Duration KEPT = Duration.ofDays(30);
    private static final Duration FORGET_EVERY = Duration.ofHours(1);
    private static final Duration FORGET_FIRST = Duration.ofMinutes(5);
    private static final int AT_ONCE = 100;

    /** All that are about databases; a database that is forgotten has no row left in those that keep it. */
    private static final String ABOUT_DATABASES = """
            SELECT tables.name
            FROM sqlite_schema AS tables JOIN pragma_table_info(tables.name) AS columns
            WHERE tables.type = 'table' AND columns.name = 'database_id'
            """;

    private final Catalog catalog;
    private final Clock clock;

    public RemovedDatabases(Catalog catalog, Clock clock) {
        super("removed-databases");
        this.catalog = catalog;
        this.clock = clock;
    }

    @Override
    protected void begin(PeriodicThread thread) {
        thread.every(FORGET_EVERY, FORGET_FIRST, this::forget);
    }

    /**
     * Forgets those of which nothing is left, and groups without snapshots. None while a rebuild brings them back: it takes them up before
     * their snapshots.
     */
    public void forget() {
        var longGone = longGone();
        for (int from = 0;
                from < longGone.size();
                from += AT_ONCE) { // each a transaction, so that others get in between
            forget(longGone.subList(from, Math.min(longGone.size(), from + AT_ONCE)));
        }
        catalog.update("""
                        DELETE FROM snapshot_group
                        WHERE NOT EXISTS (SELECT 1 FROM snapshot WHERE snapshot.group_id = snapshot_group.group_id)
                            AND NOT EXISTS (SELECT 1 FROM unfinished_group AS unfinished
                                WHERE unfinished.group_id = snapshot_group.group_id)
                            AND NOT EXISTS (SELECT 1 FROM bringing_back WHERE ended_at IS NULL)
                        """).update();
    }

    /** Ids of those that were removed long ago, and whose files are not there either. Files are looked at outside of any transaction. */
    private List<String> longGone() {
        return catalog
                .query("SELECT id, path FROM database WHERE removed_at < :before")
                .param("before", clock.instant().minus(KEPT).toEpochMilli())
                .query((row, number) -> Map.entry(row.getString("id"), row.getString("path")))
                .list()
                .stream()
                .filter(one -> DatabaseFiles.path(one.getValue())
                        .filter(Files::notExists)
                        .isPresent())
                .map(Map.Entry::getKey)
                .toList();
    }

    private void forget(List<String> longGone) {
        catalog.inTransaction(() -> {
            var ids = catalog.queryInTransaction("""
                            SELECT id FROM database
                            WHERE id IN (SELECT value FROM json_each(:ids))
                                AND removed_at < :before
                                AND NOT EXISTS (SELECT 1 FROM bringing_back WHERE ended_at IS NULL)
                                AND NOT EXISTS (SELECT 1 FROM snapshot WHERE database_id = database.id)
                                AND NOT EXISTS (SELECT 1 FROM unfinished_group WHERE database_id = database.id)
                                AND NOT EXISTS (SELECT 1 FROM reservation WHERE database_id = database.id)
                            """)
                    .param("ids", catalog.toJson(longGone))
                    .param("before", clock.instant().minus(KEPT).toEpochMilli())
                    .query(String.class)
                    .list();
            var all = catalog.toJson(ids);
            catalog.queryInTransaction(ABOUT_DATABASES)
                    .query(String.class)
                    .list()
                    .forEach(table -> delete(table, "database_id", all));
            delete("database", "id", all);
            return ids.size();
        });
    }

    /** Those of which no snapshot is left, so that nothing else of them is worth anything. None while a rebuild brings them back. */
    public Set<UUID> withoutSnapshots() {
        return catalog.query("""
                        SELECT id FROM database
                        WHERE removed_at IS NOT NULL
                            AND NOT EXISTS (SELECT 1 FROM bringing_back WHERE ended_at IS NULL)
                            AND NOT EXISTS (SELECT 1 FROM snapshot WHERE database_id = database.id)
                            AND NOT EXISTS (SELECT 1 FROM reservation WHERE database_id = database.id)
                        """).query(String.class).list().stream()
                .map(UUID::fromString)
                .collect(Collectors.toSet());
    }

    private void delete(String table, String column, String ids) {
        catalog.update("DELETE FROM %s WHERE %s IN (SELECT value FROM json_each(:ids))".formatted(table, column))
                .param("ids", ids)
                .update();
    }
}
