package dev.afterimage.catalog;

import dev.afterimage.catalog.databases.Databases;
import dev.afterimage.catalog.home.Node;
import dev.afterimage.catalog.snapshots.PublishedSnapshot;
import dev.afterimage.catalog.snapshots.Snapshot;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A catalog that was lost, as a copy has it, on its way into the present one. What is there stays as it is. The order is that of the
 * methods: policies come when the snapshots that they would delete have their pins, and whoever dies in between begins anew with the same copy.
 */
public final class LostCatalog implements AutoCloseable {

    private static final Set<CopiedTable> OF_DATABASES =
            Set.of(CopiedTable.SNAPSHOT_GROUP, CopiedTable.COLLAPSE, CopiedTable.DRILL);

    private final CatalogCopy copy;
    private final Catalog catalog;
    private final CatalogIdentity identity;
    private final Databases databases;
    private final Node node;

    /** @param copy is changed, and closed with this */
    public LostCatalog(CatalogCopy copy, Catalog catalog, CatalogIdentity identity, Databases databases, Node node) {
        this.copy = copy;
        copy.index();
        this.catalog = catalog;
        this.identity = identity;
        this.databases = databases;
        this.node = node;
    }

    /**
     * A database that it had.
     *
     * @param name another one than it had where that is taken
     * @param nameBefore that it had
     */
    public record TakenUp(UUID id, String name, String nameBefore, String path) {}

    /**
     * Takes up its databases with their ids; those of the node that took the copy at this one. Returns those that are registered, without
     * those that had been removed.
     */
    public List<TakenUp> takeUpDatabases() {
        var takenUp = catalog.inTransaction(() -> {
            var all = new ArrayList<TakenUp>();
            copy.rows(CopiedTable.DATABASE, row -> {
                var id = UUID.fromString(row.getString("id"));
                var name = row.getString("name");
                var kept = kept(row);
                databases
                        .takeUp(id, name, row.getString("path"), kept)
                        .filter(database -> kept.removedAt() == null)
                        .ifPresent(database -> all.add(new TakenUp(id, database.name(), name, database.location())));
            });
            OF_DATABASES.forEach(this::insert);
            return all;
        });
        IdsContinue.after(catalog);
        return takenUp;
    }

    private Databases.Kept kept(ResultSet row) throws SQLException {
        boolean took = row.getString("node").equals(copy.facts().nodeId().toString());
        return new Databases.Kept(
                row.getString("given_path"),
                row.getString("labels"),
                took ? node.id().toString() : row.getString("node"),
                row.getLong("created_at"),
                number(row, "removed_at"),
                number(row, "max_age"));
    }

    private static @Nullable Long number(ResultSet row, String column) throws SQLException {
        var value = row.getObject(column);
        return value == null ? null : ((Number) value).longValue();
    }

    /** When the copy was taken. */
    public Instant takenAt() {
        return copy.facts().takenAt();
    }

    /** A snapshot whose manifest was found, with what it knew of it; as it was found where it knew nothing. */
    public PublishedSnapshot known(PublishedSnapshot found) {
        var known = new ArrayList<Snapshot>(1);
        copy.rows(CopiedTable.SNAPSHOT, found.snapshot().id(), row -> known.add(known(found.snapshot(), row)));
        return known.isEmpty() ? found : new PublishedSnapshot(known.getFirst(), found.collapse());
    }

    private Snapshot known(Snapshot found, ResultSet row) throws SQLException {
        return new Snapshot(
                found.id(),
                found.databaseId(),
                found.databaseName(),
                found.createdAt(),
                found.groupId(),
                Columns.readOr(found.state(), row.getString("state"), Snapshot.State::valueOf),
                Columns.readOr(found.verification(), row.getString("verification"), Snapshot.Verification::valueOf),
                content(found.content(), row.getString("sha256")),
                found.capture(),
                row.getBoolean("pinned"),
                Catalog.instant(row.getObject("expires_at")),
                catalog.stringMap(row.getString("labels")));
    }

    /** Checks tell the digest of the file where the manifest does not. */
    private static Snapshot.Content content(Snapshot.Content found, @Nullable String sha256) {
        return found.sha256() != null
                ? found
                : new Snapshot.Content(
                        found.pageSize(),
                        found.pageCount(),
                        found.storedBytes(),
                        found.newBytes(),
                        found.treeDigest(),
                        sha256);
    }

    /** Adds the checks of a snapshot that has a row now, and when it was last seen to be the present state. Joins the present transaction. */
    public void addChecks(UUID snapshotId) {
        for (var table : List.of(CopiedTable.SNAPSHOT_CHECK, CopiedTable.SIGHTING)) {
            copy.rows(table, snapshotId, row -> insert(table, row));
        }
    }

    /** How many of each were not there. */
    public record Settings(int retentionPolicies, int schedules, int heartbeats, int webhooks, int tokens) {}

    /** Adds what was set, and with that is brought back. */
    public Settings addSettings() {
        var settings = catalog.inTransaction(() -> {
            var added = new Settings(
                    insert(CopiedTable.RETENTION_POLICY),
                    insert(CopiedTable.SCHEDULE),
                    insert(CopiedTable.HEARTBEAT),
                    insert(CopiedTable.WEBHOOK),
                    insert(CopiedTable.ACCESS_TOKEN));
            identity.end();
            return added;
        });
        IdsContinue.after(catalog);
        return settings;
    }

    private int insert(CopiedTable table) {
        var added = new int[1];
        copy.rows(table, row -> added[0] += insert(table, row));
        return added[0];
    }

    private int insert(CopiedTable table, ResultSet row) throws SQLException {
        var values = CatalogCopy.values(table, row);
        var columns = String.join(", ", values.keySet());
        var params = values.keySet().stream().map(column -> ":" + column).collect(Collectors.joining(", "));
        return catalog.update("INSERT INTO %s (%s) VALUES (%s) ON CONFLICT DO NOTHING"
                        .formatted(table.table(), columns, params))
                .params(values)
                .update();
    }

    @Override
    public void close() {
        copy.close();
    }
}
