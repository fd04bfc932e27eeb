package dev.afterimage.catalog;

import dev.afterimage.catalog.databases.Databases;
import dev.afterimage.catalog.home.Node;
import dev.afterimage.catalog.snapshots.PublishedSnapshot;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.catalog.snapshots.Snapshots;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataAccessException;
import tools.jackson.core.JacksonException;

/**
 * A catalog that was lost, as a copy has it, on its way into the present one. What was set here stays as it is. The order is that of the
 * methods: policies come when the snapshots that they would delete have their pins, and whoever dies in between begins anew with the same copy.
 */
public final class LostCatalog implements AutoCloseable {

    private static final List<CopiedTable> OF_DATABASES =
            List.of(CopiedTable.SNAPSHOT_GROUP, CopiedTable.COLLAPSE, CopiedTable.DRILL, CopiedTable.LOG_CHAIN);
    private static final List<CopiedTable> OF_SNAPSHOTS = List.of(CopiedTable.SNAPSHOT_CHECK, CopiedTable.SIGHTING);

    /** Whose rows without a database are about all that have none of their own. */
    private static final Set<CopiedTable> WITH_DEFAULTS = Set.of(CopiedTable.RETENTION_POLICY, CopiedTable.SCHEDULE);

    private final CatalogCopy copy;
    private final Catalog catalog;
    private final BringingBack bringingBack;
    private final Databases databases;
    private final Snapshots snapshots;
    private final Node node;

    /** @param copy is changed, and closed with this */
    LostCatalog(
            CatalogCopy copy,
            Catalog catalog,
            BringingBack bringingBack,
            Databases databases,
            Snapshots snapshots,
            Node node) {
        this.copy = copy;
        this.catalog = catalog;
        this.bringingBack = bringingBack;
        this.databases = databases;
        this.snapshots = snapshots;
        this.node = node;
    }

    /** @throws IllegalArgumentException when not all of it can be read; the message says why */
    void readAll() {
        try {
            copy.index();
            copy.rows(CopiedTable.DATABASE, this::database);
            copy.rows(CopiedTable.SNAPSHOT, this::known);
            for (var table : CopiedTable.values()) {
                copy.rows(table, row -> CatalogCopy.values(table, row));
            }
        } catch (DataAccessException | JacksonException | IllegalArgumentException e) {
            throw new IllegalArgumentException("it is not a copy of a catalog: " + e.getMessage(), e);
        }
    }

    /** When the copy was taken. */
    public Instant takenAt() {
        return copy.facts().takenAt();
    }

    /** How many of some snapshots it knew. */
    public int knows(Set<UUID> some) {
        var known = new int[1];
        copy.rows(CopiedTable.SNAPSHOT, row -> known[0] += some.contains(id(row)) ? 1 : 0);
        return known[0];
    }

    /**
     * A database that it had.
     *
     * @param name another one than it had where that is taken
     * @param nameBefore that it had
     */
    public record TakenUp(UUID id, String name, String nameBefore, String path) {}

    /**
     * Takes up its databases with their ids; those of the node that took the copy at this one. Returns those that are registered now and
     * were not before, without those that had been removed.
     */
    public List<TakenUp> takeUpDatabases() {
        var takenUp = catalog.inTransaction(() -> {
            var all = new ArrayList<TakenUp>();
            copy.rows(CopiedTable.DATABASE, row -> takeUp(row).ifPresent(all::add));
            OF_DATABASES.forEach(this::insert);
            return all;
        });
        IdsContinue.after(catalog);
        return takenUp;
    }

    private Optional<TakenUp> takeUp(ResultSet row) throws SQLException {
        var had = database(row);
        var takenUp = databases.takeUp(had.id, had.name, had.path, had.kept);
        if (takenUp.isEmpty()) {
            databases.complete(had.id, had.kept);
        }
        return takenUp.map(database -> new TakenUp(had.id, database.name(), had.name, database.location()));
    }

    private record Had(UUID id, String name, String path, Databases.Kept kept) {}

    private Had database(ResultSet row) throws SQLException {
        labels(row); // whoever reads them later must be able to
        var nodeId = CatalogCopy.text(row, "node");
        var kept = new Databases.Kept(
                CatalogCopy.text(row, "given_path"),
                CatalogCopy.text(row, "labels"),
                nodeId.equals(copy.facts().nodeId().toString()) ? node.id().toString() : nodeId,
                row.getLong("created_at"),
                number(row, "removed_at"),
                number(row, "max_age"),
                number(row, "max_full_check_age"),
                number(row, "require_copy"));
        return new Had(id(row), CatalogCopy.text(row, "name"), CatalogCopy.text(row, "path"), kept);
    }

    private static UUID id(ResultSet row) throws SQLException {
        return UUID.fromString(CatalogCopy.text(row, "id"));
    }

    private static @Nullable Long number(ResultSet row, String column) throws SQLException {
        long value = row.getLong(column);
        return row.wasNull() ? null : value;
    }

    /**
     * Gives a snapshot whose manifest was found its row, with what it knew of it; one that has a row gets what that lacks. In one
     * transaction: no prune ever sees it without its pin.
     *
     * @return whether it had none
     */
    public boolean add(PublishedSnapshot found) {
        var id = found.snapshot().id();
        return catalog.inTransaction(() -> {
            var known = known(id);
            if (known.isEmpty()) {
                return snapshots.add(found);
            }
            var asKnown = known.get().of(found.snapshot());
            boolean added =
                    snapshots.add(new PublishedSnapshot(asKnown, found.parent(), found.collapse(), found.anchor()));
            if (!added) {
                snapshots.find(id).ifPresent(present -> complete(present, found.snapshot(), asKnown));
            }
            if (added || snapshots.find(id).isPresent()) {
                OF_SNAPSHOTS.forEach(table -> copy.rows(table, id, row -> insert(table, row)));
            }
            return added;
        });
    }

    /** What it knew of a snapshot and the manifest has not got. */
    private record Known(
            @Nullable String state,
            @Nullable String verification,
            Snapshot.Proof proof,
            @Nullable String sha256,
            boolean pinned,
            @Nullable Instant expiresAt,
            Map<String, String> labels) {

        Snapshot of(Snapshot found) {
            return new Snapshot(
                    found.id(),
                    found.databaseId(),
                    found.databaseName(),
                    found.createdAt(),
                    found.groupId(),
                    Columns.readOr(found.state(), state, Snapshot.State::valueOf),
                    Columns.readOr(found.verification(), verification, Snapshot.Verification::valueOf),
                    proof,
                    content(found.content()),
                    found.capture(),
                    pinned,
                    expiresAt,
                    labels,
                    found.log());
        }

        /** Checks tell the digest of the file where the manifest does not. */
        private Snapshot.Content content(Snapshot.Content found) {
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
    }

    private Optional<Known> known(UUID id) {
        var known = new ArrayList<Known>(1);
        copy.rows(CopiedTable.SNAPSHOT, id, row -> known.add(known(row)));
        return known.stream().findFirst();
    }

    private Known known(ResultSet row) throws SQLException {
        id(row);
        var expiresAt = number(row, "expires_at");
        return new Known(
                row.getString("state"),
                row.getString("verification"),
                proof(row),
                row.getString("sha256"),
                row.getBoolean("pinned"),
                expiresAt == null ? null : Instant.ofEpochMilli(expiresAt),
                labels(row));
    }

    private static Snapshot.Proof proof(ResultSet row) throws SQLException {
        var fullCheckAt = number(row, "full_check_at");
        return new Snapshot.Proof(
                Columns.readOrNull(row.getString("level"), Snapshot.Level::valueOf),
                fullCheckAt == null ? null : Instant.ofEpochMilli(fullCheckAt));
    }

    private Map<String, String> labels(ResultSet row) throws SQLException {
        @SuppressWarnings("NullAway") // somebody else has written it
        Map<String, @Nullable String> labels = catalog.stringMap(CatalogCopy.text(row, "labels"));
        if (labels == null || labels.containsValue(null)) {
            throw new IllegalArgumentException("labels are a map of strings");
        }
        return Map.copyOf(labels);
    }

    /**
     * A snapshot may have been recorded before, by its manifest alone. What is still as that says becomes as it was known; what was changed
     * since stays, unless it would let the snapshot go or be trusted where it was not.
     */
    private void complete(Snapshot present, Snapshot found, Snapshot known) {
        var id = present.id();
        snapshots.change(
                id,
                present.labels().equals(found.labels()) ? known.labels() : present.labels(),
                present.pinned() || known.pinned(),
                true,
                present.expiresAt() == null ? known.expiresAt() : present.expiresAt());
        boolean untouched = present.verification() == Snapshot.Verification.UNVERIFIED
                || (known.state() == Snapshot.State.QUARANTINED && !liftedQuarantine(id));
        if (present.state() == Snapshot.State.AVAILABLE && untouched) {
            catalog.update("""
                            UPDATE snapshot SET state = :state, verification = :verification, level = :level,
                                full_check_at = :fullCheckAt WHERE id = :id
                            """)
                    .param("state", known.state().name())
                    .param("verification", known.verification().name())
                    .param("level", Objects.toString(known.proof().level(), null))
                    .param("fullCheckAt", Catalog.millis(known.proof().fullCheckAt()))
                    .param("id", id.toString())
                    .update();
        }
        if (known.content().sha256() != null) {
            snapshots.knowSha256(id, known.content().sha256());
        }
    }

    /** Whether a check here would have: one that is not FULL may not see what another one saw. */
    private boolean liftedQuarantine(UUID snapshotId) {
        return catalog.query("""
                        SELECT EXISTS (SELECT 1 FROM snapshot_check
                            WHERE snapshot_id = :id AND passed = 1 AND level = 'FULL')
                        """)
                .param("id", snapshotId.toString())
                .query(Boolean.class)
                .single();
    }

    /** A token that is accepted again. */
    public record Token(UUID id, String name, String scope) {}

    /** How many of each were not there, and which tokens. */
    public record Settings(int retentionPolicies, int schedules, int heartbeats, int webhooks, List<Token> tokens) {}

    /**
     * Adds what was set, and with that all is brought back.
     *
     * @param unreadable snapshots without a row, whose manifests cannot be read: what it knew of them waits for that
     * @param withTokens whether they are accepted again, also those that were revoked after the copy was taken
     */
    public Settings addSettings(Set<UUID> unreadable, boolean withTokens) {
        var settings = catalog.inTransaction(() -> {
            unreadable.forEach(id -> copy.rows(CopiedTable.SNAPSHOT, id, this::await));
            insert(CopiedTable.FOLLOW);
            var added = new Settings(
                    insert(CopiedTable.RETENTION_POLICY),
                    insert(CopiedTable.SCHEDULE),
                    insert(CopiedTable.HEARTBEAT),
                    insert(CopiedTable.WEBHOOK),
                    withTokens ? insertTokens() : List.of());
            bringingBack.end();
            return added;
        });
        IdsContinue.after(catalog);
        return settings;
    }

    private void await(ResultSet row) throws SQLException {
        catalog.update("""
                        INSERT OR IGNORE INTO awaited_snapshot
                            (id, state, verification, level, full_check_at, sha256, pinned, expires_at, labels)
                        VALUES (:id, :state, :verification, :level, :full_check_at, :sha256, :pinned, :expires_at, :labels)
                        """)
                .params(CatalogCopy.values(CopiedTable.SNAPSHOT, row))
                .update();
    }

    private List<Token> insertTokens() {
        var added = new ArrayList<Token>();
        copy.rows(CopiedTable.ACCESS_TOKEN, row -> {
            var token = new Token(id(row), CatalogCopy.text(row, "name"), CatalogCopy.text(row, "scope"));
            if (insert(CopiedTable.ACCESS_TOKEN, row) > 0) {
                added.add(token);
            }
        });
        return added;
    }

    private int insert(CopiedTable table) {
        var added = new int[1];
        copy.rows(table, row -> added[0] += insert(table, row));
        return added[0];
    }

    /** A row that is there stays, and one that means nothing, or is about a database that is not known, is left out. */
    private int insert(CopiedTable table, ResultSet row) throws SQLException {
        var values = CatalogCopy.values(table, row);
        var columns = String.join(", ", values.keySet());
        var params = values.keySet().stream().map(column -> ":" + column).collect(Collectors.joining(", "));
        return catalog.update("INSERT OR IGNORE INTO %s (%s) SELECT %s WHERE %s"
                        .formatted(table.table(), columns, params, condition(table)))
                .params(values)
                .update();
    }

    private static String condition(CopiedTable table) {
        if (!table.columns().contains("database_id")) {
            return "TRUE";
        }
        var known = "EXISTS (SELECT 1 FROM database WHERE database.id = :database_id)";
        return WITH_DEFAULTS.contains(table) ? ":database_id = '' OR " + known : known;
    }

    @Override
    public void close() {
        copy.close();
    }
}
