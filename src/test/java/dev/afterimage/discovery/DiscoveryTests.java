package dev.afterimage.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.TestClock;
import dev.afterimage.catalog.TestCatalog;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.databases.FoundDatabase;
import dev.afterimage.discovery.DiscoverySettings.Directory;
import dev.afterimage.sqlite.LiveApplication;
import dev.afterimage.sqlite.OtherProcess;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.SampleDatabases;
import dev.afterimage.sqlite.capture.Scan;
import dev.afterimage.sqlite.live.CaptureOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiscoveryTests {

    private final TestClock clock = new TestClock();

    @TempDir
    Path dir;

    @TempDir
    Path outside;

    private TestCatalog catalog;
    private Path watched;

    @BeforeEach
    void openCatalog() throws Exception {
        var root = dir.toRealPath();
        catalog = new TestCatalog(root.resolve("home"), root, clock);
        watched = Files.createDirectory(root.resolve("watched"));
        set(Instant.now().plus(Duration.ofHours(1))); // files that tests make have been there for a while
    }

    @AfterEach
    void closeCatalog() {
        catalog.close();
    }

    @Test
    void scanRegistersDatabasesAndTellsWhatItSkipped() throws Exception {
        database("top.db");
        database("eu/shop/orders.sqlite");
        Files.writeString(watched.resolve("notes.txt"), "nobody asked for it");
        Files.writeString(watched.resolve("text.db"), "it is only named like a database");
        Files.createFile(watched.resolve("empty.db"));

        var discovery = discovery(directory(Map.of("team", "eu"), Duration.ofHours(6)));
        assertThat(discovery.last()).isEmpty();
        var scan = discovery.scan();

        assertThat(registered()).containsExactly("eu-shop-orders", "top");
        var orders = catalog.databases.get("eu-shop-orders");
        assertThat(orders.path()).isEqualTo(watched.resolve("eu/shop/orders.sqlite"));
        assertThat(orders.labels()).isEqualTo(Map.of("team", "eu", "discovered", watched.toString()));
        assertThat(catalog.catalog
                        .query("SELECT DISTINCT max_age FROM database")
                        .query(Long.class)
                        .single())
                .isEqualTo(Duration.ofHours(6).toMillis());
        assertThat(scan.found()).isEqualTo(4);
        assertThat(scan.registered()).isEqualTo(2);
        assertThat(scan.skippedInAll()).isEqualTo(2);
        assertThat(scan.skipped())
                .containsExactlyInAnyOrder(
                        new LastScan.Skipped(
                                watched.resolve("text.db"), "it does not begin as an SQLite database does"),
                        new LastScan.Skipped(
                                watched.resolve("empty.db"), "it does not begin as an SQLite database does"));
        assertThat(discovery.last()).contains(scan);
    }

    @Test
    void scanRegistersNothingTwiceAndNothingThatWasRemoved() throws Exception {
        database("kept.db");
        database("removed.db");
        var discovery = discovery(directory());
        discovery.scan();
        catalog.databases.remove(catalog.databases.get("removed"));

        var scan = discovery.scan();

        assertThat(scan.registered()).isZero();
        assertThat(registered()).containsExactly("kept");
        assertThat(scan.skipped())
                .singleElement()
                .satisfies(skipped -> assertThat(skipped.reason()).contains("removed"));
    }

    @Test
    void scanRegistersNoFileThatIsJustPassing() throws Exception {
        set(Instant.now());
        var passing = database("orders-new.db");
        var discovery = discovery(directory());

        var scan = discovery.scan();

        assertThat(scan.registered()).isZero();
        assertThat(scan.skipped()).extracting(LastScan.Skipped::path).containsExactly(passing);
        Files.move(passing, watched.resolve("orders.db"));
        clock.advance(Duration.ofMinutes(5));
        assertThat(discovery.scan().missing()).isZero();
        assertThat(registered()).containsExactly("orders");
    }

    @Test
    void scanRegistersAFileThatChangesAllTheTimeWhenItIsStillTheSameAMinuteLater() throws Exception {
        set(Instant.now().minus(Duration.ofHours(1))); // so the change time is never old
        database("busy.db");
        var replaced = database("replaced.db");
        var discovery = discovery(directory());
        discovery.scan();
        clock.advance(Duration.ofSeconds(59));
        assertThat(discovery.scan().registered()).isZero();

        Files.move(database("other.db"), replaced, StandardCopyOption.REPLACE_EXISTING);
        clock.advance(Duration.ofSeconds(1));
        discovery.scan();

        assertThat(registered()).containsExactly("busy");
    }

    private void set(Instant time) {
        clock.advance(Duration.between(clock.instant(), time.truncatedTo(ChronoUnit.MILLIS)));
    }

    @Test
    void scanDoesNotGoIntoWhatARestoreHasPutAside() throws Exception {
        database("orders.db");
        database("orders.db.replaced-20260301T020304Z/orders.db");
        database("orders.db.replaced-20260301T020304Z-2/orders.db");
        database(".orders.db.afterimage-0197d0c2-5a00-7000-8000-00000000000a-old/orders.db");
        database("never.replaced-yet/users.db");
        discovery(directory()).scan();
        assertThat(registered()).containsExactly("never.replaced-yet-users", "orders");
    }

    @Test
    void addAllOfThousandsOfOneNameIsAMatterOfSeconds() throws Exception {
        var root = dir.toRealPath();
        catalog.databases.add("app-3", root.resolve("elsewhere.db"), Map.of());
        var tenants = IntStream.range(0, 10_000)
                .mapToObj(i -> new FoundDatabase("app", root.resolve("tenant-" + i + "/app.db"), Map.of(), null))
                .toList();
        long before = System.nanoTime();
        catalog.databaseFiles.addAll(tenants.subList(0, 9_000));
        catalog.databaseFiles.addAll(tenants.subList(9_000, 10_000));
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(120));
        assertThat(catalog.databases.get("app-10001").path())
                .isEqualTo(tenants.getLast().path());
    }

    @Test
    void scanGivesANumberToANameThatIsTaken() throws Exception {
        database("a/data.db");
        database("b/data.db");
        catalog.databases.remove(catalog.databases.add("data", dir.resolve("elsewhere.db"), Map.of()));
        discovery(new Directory(watched, null, null, "{file}", null, null)).scan();
        assertThat(registered()).containsExactly("data-2", "data-3");
    }

    @Test
    void scanLooksOnlyAtWhatTheGlobsLeaveAndNeverAtCompanionsOrTheHome() throws Exception {
        database("in/one.db");
        database("in/one.db-wal"); // another database by its content
        database("in/two.bak");
        database("out/three.db");
        database("cache/four.db");
        discovery(new Directory(
                        dir.toRealPath(),
                        "watched/{in,cache}/*",
                        List.of("**/cache", "**/*.bak"),
                        "{file}",
                        null,
                        null))
                .scan();
        assertThat(registered()).containsExactly("one");

        discovery(new Directory(dir.toRealPath(), "**/*.db", List.of("watched/**"), null, null, null))
                .scan();
        assertThat(registered()).as("not even our own catalog").containsExactly("one");
    }

    @Test
    void scanFollowsLinksToFilesUnderTheRootsOnlyAndRegistersAFileOnce() throws Exception {
        var real = database("real.db");
        Files.createSymbolicLink(watched.resolve("link.db"), real);
        var foreign = SampleDatabases.accounts(outside.resolve("foreign.db"), "WAL");
        Files.createSymbolicLink(watched.resolve("foreign.db"), foreign);
        Files.createSymbolicLink(watched.resolve("directory"), outside);
        Files.createSymbolicLink(watched.resolve("gone.db"), watched.resolve("nothing.db"));

        var scan = discovery(directory()).scan();

        assertThat(scan.registered()).isEqualTo(1);
        assertThat(catalog.databases.at(real)).hasSize(1);
        assertThat(scan.skipped())
                .extracting(skipped -> skipped.path().getFileName().toString())
                .containsExactlyInAnyOrder("foreign.db", "gone.db");
    }

    /** A name in no character set, pipes, and names that would be carried out by a terminal: told, and not waited for. */
    @Test
    void scanWhenNamesOrFilesAreHostileSkipsThemAndRegistersTheOthers() throws Exception {
        database("real.db");
        var script =
                "cd '%s' && mkfifo pipe.db && cp real.db \"$(printf '\\377.db')\" && cp real.db \"$(printf 'a\\033[2J.db')\""
                        .formatted(watched);
        assertThat(new ProcessBuilder("sh", "-c", script).start().waitFor()).isZero();

        var scan = discovery(directory()).scan();

        assertThat(registered()).containsExactly("real");
        assertThat(scan.skipped()).hasSize(3);
    }

    @Test
    void scanNotesSinceWhenAFileIsGoneUntilItIsBack() throws Exception {
        var file = database("orders.db");
        var discovery = discovery(directory());
        assertThat(discovery.scan().missing()).isZero();
        var away = Files.move(file, outside.resolve("orders.db"));
        clock.advance(Duration.ofMinutes(5));
        var since = clock.instant();

        assertThat(discovery.scan().missing()).isEqualTo(1);
        clock.advance(Duration.ofMinutes(5));
        assertThat(discovery.scan().missing()).isEqualTo(1);

        assertThat(catalog.databases.get("orders").missingSince()).isEqualTo(since);
        Files.move(away, file);
        assertThat(discovery.scan().missing()).isZero();
        assertThat(catalog.databases.get("orders").missingSince()).isNull();
    }

    @Test
    void scanOfADirectoryThatIsNotThereTellsSo() {
        var missing = watched.resolve("missing");
        var scan =
                discovery(new Directory(missing, null, null, null, null, null)).scan();
        assertThat(scan.skipped()).extracting(LastScan.Skipped::path).containsExactly(missing);
    }

    /** Closing any descriptor of the file would drop the lock, and let the other process write. */
    @Test
    void scanWhileTheSameFileIsCapturedHereKeepsItsLocks() throws Exception {
        var file = SampleDatabases.accounts(watched.resolve("live.db"), "DELETE");
        try (var capture = Scan.open(file, new CaptureOptions(Duration.ZERO, 0), PageProgress.NONE);
                var application = OtherProcess.start(LiveApplication.class, "obey", file)) {
            application.awaitLine("obeying");
            capture.pin();

            assertThat(discovery(directory()).scan().registered()).isEqualTo(1);

            application.send("UPDATE account SET balance = balance WHERE id = 1");
            application.awaitLine("busy");
        }
    }

    @Test
    void scanOfManyFilesLeavesNoneOpen() throws Exception {
        int many = 500;
        var bytes = Files.readAllBytes(database("0.db"));
        for (int i = 1; i < many; i++) {
            Files.write(watched.resolve(i + ".db"), bytes);
        }
        long before = openDescriptors();
        var discovery = discovery(directory());

        assertThat(discovery.scan().registered()).isEqualTo(many);

        assertThat(discovery.scan().registered()).isZero();
        assertThat(openDescriptors()).isLessThan(before + 20);
    }

    private static long openDescriptors() throws IOException {
        try (var descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors.count();
        }
    }

    private Path database(String relative) throws IOException {
        var file = watched.resolve(relative);
        Files.createDirectories(file.getParent());
        return SampleDatabases.create(file, "CREATE TABLE t (v)");
    }

    private Directory directory() {
        return directory(Map.of(), null);
    }

    private Directory directory(Map<String, String> labels, @Nullable Duration maxAge) {
        return new Directory(watched, null, null, null, labels, maxAge);
    }

    private Discovery discovery(Directory directory) {
        var settings = new DiscoverySettings(List.of(directory), null);
        return new Discovery(catalog.databaseFiles, catalog.paths, settings, catalog.node, clock);
    }

    private List<String> registered() {
        return catalog.databases.list(null, 1000).stream().map(Database::name).toList();
    }
}
