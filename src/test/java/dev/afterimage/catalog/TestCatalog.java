package dev.afterimage.catalog;

import dev.afterimage.catalog.databases.DatabaseFiles;
import dev.afterimage.catalog.databases.DatabasePaths;
import dev.afterimage.catalog.databases.DatabaseRoots;
import dev.afterimage.catalog.databases.Databases;
import dev.afterimage.catalog.databases.Sightings;
import dev.afterimage.catalog.home.DiskSettings;
import dev.afterimage.catalog.home.HomeLock;
import dev.afterimage.catalog.home.Node;
import dev.afterimage.catalog.home.Reserve;
import dev.afterimage.catalog.home.UnpackedLibraries;
import dev.afterimage.catalog.snapshots.Collapses;
import dev.afterimage.catalog.snapshots.CopiedSnapshots;
import dev.afterimage.catalog.snapshots.Drills;
import dev.afterimage.catalog.snapshots.GroupSnapshots;
import dev.afterimage.catalog.snapshots.LayerChecks;
import dev.afterimage.catalog.snapshots.RepositoryCopies;
import dev.afterimage.catalog.snapshots.RetentionPolicies;
import dev.afterimage.catalog.snapshots.SnapshotChecks;
import dev.afterimage.catalog.snapshots.SnapshotDeletions;
import dev.afterimage.catalog.snapshots.SnapshotTotals;
import dev.afterimage.catalog.snapshots.Snapshots;
import dev.afterimage.catalog.snapshots.UnneededLayers;
import dev.afterimage.catalog.snapshots.UnneededLayersOfCopies;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.flywaydb.core.Flyway;
import org.springframework.boot.flyway.autoconfigure.FlywayMigrationStrategy;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.util.unit.DataSize;
import org.sqlite.ProgressHandler;
import org.sqlite.SQLiteConnection;

/** A real catalog in a directory of a test, with the tables' owners on top of it. */
public final class TestCatalog implements AutoCloseable {

    private final HomeLock lock;
    private final com.zaxxer.hikari.HikariDataSource writer;
    private final com.zaxxer.hikari.HikariDataSource reader;

    public final Node node;
    public final Reserve reserve;
    public final Catalog catalog;
    public final Databases databases;
    public final DatabaseFiles databaseFiles;
    public final Snapshots snapshots;
    public final SnapshotChecks checks;
    public final Sightings sightings;
    public final Drills drills;
    public final SnapshotDeletions deletions;
    public final SnapshotTotals totals;
    public final GroupSnapshots groups;
    public final Collapses collapses;
    public final LayerChecks layerChecks;
    public final UnneededLayers unneeded;
    public final RepositoryCopies copies;
    public final CopiedSnapshots copied;
    public final UnneededLayersOfCopies unneededOfCopies;
    public final Adoptions adoptions;
    public final CatalogIdentity identity;
    public final BringingBack bringingBack;
    public final LostCatalogs lostCatalogs;
    public final CopiesBeforeMigrations beforeMigrations;
    public final RetentionPolicies policies;
    public final DatabasePaths paths;

    /** @param home also the only root under which databases may lie is its sibling {@code files} */
    public TestCatalog(Path home, Path root, Clock clock) {
        node = new Node(home, "test-node", null);
        UnpackedLibraries unpacked;
        try {
            lock = new HomeLock(node);
            unpacked = new UnpackedLibraries(node, lock);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        reserve = new Reserve(node, lock, new DiskSettings(DataSize.ofBytes(0), null));
        var connections = new CatalogConnections();
        writer = connections.catalogWriter(node, lock, reserve, unpacked);
        Flyway.configure().dataSource(writer).load().migrate();
        reader = connections.catalogReader(node, writer);
        catalog = new Catalog(writer, reader, new JdbcTransactionManager(writer));
        databases = new Databases(catalog, node, clock);
        databaseFiles = new DatabaseFiles(catalog, databases, node, clock);
        snapshots = new Snapshots(catalog);
        checks = new SnapshotChecks(catalog);
        sightings = new Sightings(catalog);
        drills = new Drills(catalog);
        deletions = new SnapshotDeletions(catalog, clock);
        totals = new SnapshotTotals(catalog);
        groups = new GroupSnapshots(catalog, snapshots);
        collapses = new Collapses(catalog, clock);
        layerChecks = new LayerChecks(catalog);
        unneeded = new UnneededLayers(catalog);
        copies = new RepositoryCopies(catalog, clock);
        copied = new CopiedSnapshots(catalog, clock);
        unneededOfCopies = new UnneededLayersOfCopies(catalog, clock);
        adoptions = new Adoptions(catalog, clock);
        identity = new CatalogIdentity(catalog);
        bringingBack = new BringingBack(catalog, clock);
        lostCatalogs = new LostCatalogs(catalog, identity, bringingBack, databases, snapshots, node);
        beforeMigrations = new CopiesBeforeMigrations(node, clock);
        policies = new RetentionPolicies(catalog, clock);
        paths = new DatabasePaths(new DatabaseRoots(List.of(root)), node);
    }

    /** What brings a catalog to its schema at a start of the service. */
    public static FlywayMigrationStrategy migration(Node node, CopiesBeforeMigrations copies) {
        return new CatalogConnections().catalogMigration(node, copies);
    }

    /** How SQLite would go about a statement. */
    public String plan(String sql, Map<String, ?> values) {
        var steps = catalog.update("EXPLAIN QUERY PLAN " + sql)
                .params(values)
                .query((row, number) -> row.getString("detail"))
                .list();
        return String.join("\n", steps);
    }

    /** How many thousand instructions SQLite needs for the queries outside of transactions that some work makes. */
    public long thousandStepsOfQueries(Runnable work) throws SQLException {
        var steps = new AtomicLong();
        onEachReader(connection -> ProgressHandler.setHandler(connection, 1_000, new ProgressHandler() {
            @Override
            protected int progress() {
                steps.incrementAndGet();
                return 0;
            }
        }));
        work.run();
        onEachReader(ProgressHandler::clearHandler);
        return steps.get();
    }

    private interface OnConnection {
        void accept(Connection connection) throws SQLException;
    }

    private void onEachReader(OnConnection work) throws SQLException {
        var connections = new ArrayList<Connection>();
        try {
            for (int taken = 0; taken < reader.getMaximumPoolSize(); taken++) {
                connections.add(reader.getConnection());
                work.accept(connections.getLast().unwrap(SQLiteConnection.class));
            }
        } finally {
            for (var connection : connections) {
                connection.close();
            }
        }
    }

    @Override
    public void close() {
        reader.close();
        writer.close();
        try {
            lock.release();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
