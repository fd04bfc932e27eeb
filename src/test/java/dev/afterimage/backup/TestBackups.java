package dev.afterimage.backup;

import dev.afterimage.catalog.TestCatalog;
import dev.afterimage.catalog.TimeOrderedId;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.databases.HotJournalSettings;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.check.Quarantines;
import dev.afterimage.follow.TestFollowing;
import dev.afterimage.hook.FileSystemSnapshotSettings;
import dev.afterimage.hook.Freeze;
import dev.afterimage.hook.HookSettings;
import dev.afterimage.recovery.AdoptedRepository;
import dev.afterimage.recovery.CatalogCopies;
import dev.afterimage.recovery.CatalogCopySettings;
import dev.afterimage.recovery.LostCatalogSearch;
import dev.afterimage.recovery.Rebuild;
import dev.afterimage.recovery.RebuildOrder;
import dev.afterimage.recovery.Rebuilt;
import dev.afterimage.recovery.UnrecordedSnapshots;
import dev.afterimage.repository.Repository;
import dev.afterimage.repository.log.Segments;
import dev.afterimage.repository.read.IndexCache;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.storage.Storage;
import dev.afterimage.storage.local.LocalStorage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.util.unit.DataSize;

/** Real backups of real databases in a directory of a test, without jobs and HTTP. */
public final class TestBackups implements AutoCloseable {

    private final Path root;
    private final Clock clock;
    public final TestCatalog catalog;
    public final Repository repository;
    public final AdoptedRepository adopted;
    public final Backup backup;
    public final GroupBackup groupBackup;
    public final Import importing;
    public final ImportFiles importFiles;
    public final Rebuild rebuild;
    public final CatalogCopies copies;
    public final UnchangedDatabases unchanged;
    public final Freezing freezing;
    public final CommandsUnderLock commands;
    final Outlooks outlooks;
    final Drafts drafts;
    public final TestFollowing following;
    public final LogSnapshots logs;
    public final UnrecordedSnapshots unrecorded;
    public final Groups groups;

    /** @param statements about the catalog, before anything uses it */
    public TestBackups(Path dir, Clock clock, String... statements) {
        this(dir, clock, Map.of(), statements);
    }

    /** @param storage that of the repository, by whatever tells which one is meant */
    public TestBackups(Path dir, Clock clock, Function<Supplier<Optional<UUID>>, Storage> storage) {
        this(dir, clock, Map.of(), new HookSettings(Map.of()), storage);
    }

    /** @param freezes how databases are frozen, by key */
    TestBackups(Path dir, Clock clock, Map<String, Freeze> freezes, String... statements) {
        this(dir, clock, freezes, new HookSettings(Map.of()), statements);
    }

    /** @param hooks that are configured */
    TestBackups(Path dir, Clock clock, Map<String, Freeze> freezes, HookSettings hooks, String... statements) {
        this(dir, clock, freezes, hooks, null, statements);
    }

    private TestBackups(
            Path dir,
            Clock clock,
            Map<String, Freeze> freezes,
            HookSettings hooks,
            @Nullable Function<Supplier<Optional<UUID>>, Storage> elsewhere,
            String... statements) {
        this.root = real(dir);
        this.clock = clock;
        this.catalog = new TestCatalog(root.resolve("home"), root, clock);
        for (var sql : statements) {
            catalog.catalog.update(sql).update();
        }
        Storage storage = elsewhere == null
                ? new LocalStorage(catalog.node.repositoryDirectory().orElseThrow(), 0, catalog.adoptions::current)
                : elsewhere.apply(catalog.adoptions::current);
        var vault = new Vault(storage, clock);
        this.repository = new Repository(vault, IndexCache.none(), Duration.ZERO, catalog.snapshots::present, clock);
        this.adopted = new AdoptedRepository(
                repository, catalog.adoptions, catalog.totals, catalog.snapshots, catalog.checks, clock);
        adopted.start();
        var settings = new CaptureSettings(null, null);
        var quarantines = new Quarantines(repository, catalog.snapshots, catalog.checks, clock);
        this.drafts = new Drafts(catalog.snapshots, repository, catalog.node, quarantines, settings, clock);
        var limits = new CaptureLimits(settings, new HotJournalSettings(true), clock);
        this.freezing = new Freezing(
                new FileSystemSnapshotSettings(freezes),
                new FileSystemSnapshots(catalog.catalog, catalog.node, clock),
                catalog.node);
        this.commands = commands(hooks);
        var captures = new Captures(catalog.paths, limits, freezing);
        this.outlooks = new Outlooks(captures, commands, catalog.snapshots, catalog.node, clock);
        this.following = new TestFollowing(catalog, vault, clock);
        var replays = new Replays(new Segments(vault), catalog.node);
        this.logs = new LogSnapshots(
                drafts, repository, following.moments, replays, following.anchors, catalog.snapshots, clock);
        this.backup = new Backup(
                catalog.databases,
                drafts,
                repository,
                catalog.snapshots,
                captures,
                logs,
                new LogComparison(
                        repository,
                        following.moments,
                        replays,
                        following.anchors,
                        following.chains,
                        following.followers,
                        clock),
                following.followers,
                following.chains,
                quarantines);
        this.unchanged =
                new UnchangedDatabases(catalog.paths, catalog.snapshots, repository, catalog.sightings, drafts, clock);
        this.groups = new Groups(catalog.groups, repository, catalog.unneeded, clock);
        this.groupBackup = new GroupBackup(catalog.databases, drafts, groups, catalog.snapshots, captures);
        this.importing = new Import(catalog.databases, drafts, repository, catalog.snapshots);
        this.importFiles = new ImportFiles(catalog.node, new ImportSettings(DataSize.ofMegabytes(100)));
        this.unrecorded = new UnrecordedSnapshots(repository, catalog.snapshots, catalog.groups);
        this.rebuild = new Rebuild(
                repository,
                catalog.databases,
                catalog.snapshots,
                unrecorded,
                catalog.deletions,
                catalog.totals,
                following.records,
                new LostCatalogSearch(repository, catalog.identity, catalog.bringingBack, catalog.lostCatalogs));
        this.copies = new CatalogCopies(
                repository,
                catalog.identity,
                catalog.beforeMigrations,
                catalog.node,
                new CatalogCopySettings(Duration.ofDays(1), 2),
                clock);
    }

    /** With all that was set. */
    public Rebuilt rebuild() {
        return rebuild(RebuildOrder.WITHOUT_TOKENS);
    }

    public Rebuilt rebuild(RebuildOrder order) {
        return rebuild.run(order, staging(), PageProgress.NONE);
    }

    /** Whatever is there, for tests that need none. */
    public static AdoptedRepository anyRepository(TestCatalog catalog, Clock clock) {
        var repository = new Repository(
                new Vault(new LocalStorage(catalog.node.repositoryDirectory().orElseThrow(), 0), clock), clock);
        return new AdoptedRepository(
                repository, catalog.adoptions, catalog.totals, catalog.snapshots, catalog.checks, clock);
    }

    private static Path real(Path dir) {
        try {
            return dir.toRealPath();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A registered database that the statements have made. */
    public Database database(String name, String... statements) throws SQLException {
        var file = root.resolve(name + ".db");
        execute(file, statements);
        return catalog.databases.add(name, file, Map.of());
    }

    public static void execute(Path file, String... statements) throws SQLException {
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                var statement = connection.createStatement()) {
            for (var sql : statements) {
                statement.execute(sql);
            }
        }
    }

    public Snapshot run(Database database) {
        return run(database, TimeOrderedId.next(clock), PageProgress.NONE);
    }

    public Snapshot run(Database database, UUID snapshotId, PageProgress progress) {
        return run(database, snapshotId, Method.AUTO, progress);
    }

    public Snapshot run(Database database, Method method) {
        return run(database, TimeOrderedId.next(clock), method, PageProgress.NONE);
    }

    Snapshot run(Database database, UUID snapshotId, Method method, PageProgress progress) {
        var plan = new BackupPlan(snapshotId, method, Map.of("from", "test"), 0);
        return backup.run(commands.ofJob(UUID.randomUUID()), database.id(), plan, Duration.ZERO, staging(), progress);
    }

    public GroupTaken run(GroupPlan plan) {
        return run(plan, PageProgress.NONE);
    }

    GroupTaken run(GroupPlan plan, PageProgress progress) {
        return groupBackup.run(commands.ofJob(UUID.randomUUID()), plan, Duration.ZERO, staging(), progress);
    }

    /** What runs while databases are held, as configured. */
    public CommandsUnderLock commands(HookSettings hooks) {
        return new CommandsUnderLock(hooks, catalog.node);
    }

    /** As a restore takes one before it replaces the database. */
    public Snapshot safetySnapshot(Database database, UUID jobId) {
        var labels = Map.of(Snapshot.SAFETY_OF, jobId.toString());
        var plan = new BackupPlan(TimeOrderedId.next(clock), Method.AUTO, labels, 0);
        return backup.run(
                JobCommands.none(UUID.randomUUID()), database.id(), plan, Duration.ZERO, staging(), PageProgress.NONE);
    }

    /** A new empty directory. */
    public Path staging() {
        try {
            return Files.createTempDirectory(catalog.node.staging(), "job");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The bytes of a snapshot as a download would have them. */
    public byte[] content(Snapshot snapshot) {
        try (var reader = repository.open(snapshot.databaseId(), snapshot.id())) {
            return java.nio.channels.Channels.newInputStream(reader).readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The ids of its layers, oldest first. */
    public List<String> layers(Snapshot snapshot) {
        return repository.find(snapshot.databaseId(), snapshot.id()).orElseThrow().layers().stream()
                .map(layer -> layer.id().toString())
                .toList();
    }

    /** Flips one byte in the middle of the snapshot's only layer. */
    public void damage(Snapshot snapshot) throws IOException {
        var manifest = repository.find(snapshot.databaseId(), snapshot.id()).orElseThrow();
        var layer = catalog.node
                .repositoryDirectory()
                .orElseThrow()
                .resolve("layers")
                .resolve(snapshot.databaseId().toString())
                .resolve(manifest.layers().getFirst().id().toString());
        var bytes = Files.readAllBytes(layer);
        bytes[100] ^= 1;
        layer.toFile().setWritable(true);
        Files.write(layer, bytes);
    }

    @Override
    public void close() {
        catalog.close();
    }
}
