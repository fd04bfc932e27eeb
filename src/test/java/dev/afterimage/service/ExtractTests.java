package dev.afterimage.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.afterimage.repository.format.Manifest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A restore from the repository alone, as its user sees it. */
class ExtractTests {

    @TempDir
    Path directory;

    private SavedRepository repository;
    private Path older;
    private Path newer;
    private Path target;
    private Manifest first;
    private Manifest second;

    @BeforeEach
    void saveTwo() throws Exception {
        repository = new SavedRepository(directory.resolve("repository"));
        older = directory.resolve("older.db");
        newer = directory.resolve("newer.db");
        Users.create(older, "DELETE", 400);
        Users.create(newer, "DELETE", 600);
        first = repository.save(SavedRepository.ORDERS, "orders", 1, older);
        second = repository.save(SavedRepository.ORDERS, "orders", 2, newer);
        target = Files.createDirectory(directory.resolve("targets")).resolve("orders.db");
    }

    private CommandRun extract(String database, String... more) {
        return CommandRun.here(arguments(database, more));
    }

    private CommandRun extractInAProcess(String database, String... more) throws Exception {
        return CommandRun.of(arguments(database, more));
    }

    private Object[] arguments(String database, String... more) {
        var arguments = new ArrayList<Object>(
                List.of("extract", "--repository", repository.directory(), "--database", database, "--to", target));
        arguments.addAll(List.of(more));
        return arguments.toArray();
    }

    private void assertRefused(CommandRun run, String... words) {
        assertThat(run.exitCode()).as(run.toString()).isEqualTo(1);
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).contains(words).doesNotContain("\tat ");
        assertThat(target.getParent()).isEmptyDirectory();
    }

    @Test
    void extractWritesTheNewestForItsOwnerOnlyAndTouchesNothingInTheRepository() throws Exception {
        var before = repository.content();

        var run = extractInAProcess("orders");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(Files.mismatch(newer, target)).isEqualTo(-1);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(target)))
                .isEqualTo("rw-------");
        assertThat(target.getParent()).isDirectoryContaining(target::equals).isDirectoryNotContaining("glob:.*");
        assertThat(run.out().lines().toList())
                .containsExactly(
                        "path       " + target,
                        "bytes      " + Files.size(newer),
                        "sha256     " + second.sha256(),
                        "snapshot   " + second.id(),
                        "createdAt  2026-01-01T00:00:02Z",
                        "check      QUICK passed");
        assertThat(repository.content()).isEqualTo(before);
    }

    @Test
    void extractWhenASafetySnapshotIsTheNewestWritesTheOneBefore() throws Exception {
        var replaced = target.resolveSibling("replaced.db");
        Users.create(replaced, "DELETE", 10);
        repository.save(SavedRepository.ORDERS, "orders", 3, replaced, Map.of("safety-of", "a-job"));
        Files.delete(replaced);

        var run = extract("orders");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(Files.mismatch(newer, target)).isEqualTo(-1);
    }

    @Test
    void extractWhenGivenIdsWritesThatSnapshot() throws Exception {
        var run = extract(
                SavedRepository.ORDERS.toString(), "--snapshot", first.id().toString(), "--check", "FULL");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out()).contains("check      FULL passed");
        assertThat(Files.mismatch(older, target)).isEqualTo(-1);
    }

    @Test
    void extractWhenGivenTheBeginOfAnIdWritesItOrNamesAllThatFit() throws Exception {
        var several = extract("orders", "--snapshot", first.id().toString().substring(0, 8));
        assertRefused(
                several,
                "2 snapshots begin with",
                first.id().toString(),
                second.id().toString());

        var one = extract(
                "orders", "--snapshot", first.id().toString().substring(0, 14).toUpperCase(), "--check", "none");
        assertThat(one.exitCode()).as(one.err()).isZero();
        assertThat(one.out()).doesNotContain("check");
        assertThat(Files.mismatch(older, target)).isEqualTo(-1);
    }

    @Test
    void extractWhenTheDatabaseOrTheSnapshotIsUnknownNamesWhatThereIs() throws Exception {
        assertRefused(extract("ordrs"), "DATABASE_NOT_FOUND", "orders (" + SavedRepository.ORDERS + ")");
        assertRefused(
                extract("orders", "--snapshot", "ffffffff"),
                "SNAPSHOT_NOT_FOUND",
                second.id() + "  2026-01-01T00:00:02Z");
    }

    @Test
    void extractWhenTwoDatabasesHaveTheNameNamesTheirIds() throws Exception {
        var other = UUID.randomUUID();
        repository.save(other, "orders", 3, older);

        assertRefused(extract("orders"), "2 databases", SavedRepository.ORDERS.toString(), other.toString());
        assertThat(extract(SavedRepository.ORDERS.toString()).exitCode()).isZero();
        assertThat(Files.mismatch(newer, target)).isEqualTo(-1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"orders.db", "orders.db-wal", "orders.db-shm", "orders.db-journal"})
    void extractWhenTheFileOrACompanionExistsLeavesItAsItIs(String existing) throws Exception {
        var file = target.resolveSibling(existing);
        Files.writeString(file, "mine");

        var run = extract("orders");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("TARGET_EXISTS", file.toString());
        assertThat(file).hasContent("mine");
        assertThat(target.getParent()).isDirectoryContaining(file::equals).isDirectoryNotContaining("glob:**/.*");
    }

    @Test
    void extractWhenTheDirectoryIsMissingMakesNone() throws Exception {
        var run = CommandRun.here(
                "extract",
                "--repository",
                repository.directory(),
                "--database",
                "orders",
                "--to",
                directory.resolve("no/a.db"));

        assertRefused(run, "TARGET_UNWRITABLE");
        assertThat(directory.resolve("no")).doesNotExist();
    }

    @Test
    void extractWhenGivenNoRepositoryMakesNone() throws Exception {
        var missing = directory.resolve("missing");
        for (var each : List.of(missing, target.getParent())) {
            assertRefused(
                    CommandRun.here("extract", "--repository", each, "--database", "orders", "--to", target),
                    "not a repository: " + each);
        }
        assertThat(missing).doesNotExist();
        assertRefused(
                CommandRun.here("extract", "--repository", directory, "--database", "orders", "--to", target),
                "the repository is " + repository.directory());
    }

    @Test
    void extractWhenTheNewestLayerIsDamagedFailsAndNamesTheOthers() throws Exception {
        SavedRepository.damage(repository.layer(second));

        assertRefused(
                extractInAProcess("orders"),
                "SNAPSHOT_DAMAGED",
                second.id().toString(),
                first.id() + "  2026-01-01T00:00:01Z");
    }

    @Test
    void extractWhateverBecomesOfAnObjectWritesNothing() throws Exception {
        swap(repository.layer(first), repository.layer(second));
        assertRefused(
                extract("orders", "--check", "none"),
                "SNAPSHOT_DAMAGED",
                second.id().toString());
        swap(repository.layer(first), repository.layer(second));

        swap(repository.manifest(first), repository.manifest(second));
        assertRefused(extract(SavedRepository.ORDERS.toString(), "--check", "none"), "SNAPSHOT_DAMAGED");
        swap(repository.manifest(first), repository.manifest(second));

        var bytes = Files.readAllBytes(repository.layer(second));
        Files.write(repository.layer(second), Arrays.copyOf(bytes, bytes.length - 1));
        assertRefused(extract("orders", "--check", "none"), "SNAPSHOT_DAMAGED");
        Files.delete(repository.layer(second));
        assertRefused(extract("orders", "--check", "none"), "SNAPSHOT_DAMAGED", "missing");
        Files.write(repository.layer(second), bytes);
        assertThat(extract("orders").exitCode()).isZero();
        assertThat(Files.mismatch(newer, target)).isEqualTo(-1);
    }

    private static void swap(Path a, Path b) throws IOException {
        var bytes = Files.readAllBytes(a);
        Files.write(a, Files.readAllBytes(b));
        Files.write(b, bytes);
    }

    @Test
    void extractWhenTheNewestManifestIsDamagedFailsAndNamesTheOthers() throws Exception {
        SavedRepository.damage(repository.manifest(second));

        assertRefused(
                extract("orders"), "warning: manifests/", "SNAPSHOT_DAMAGED", first.id() + "  2026-01-01T00:00:01Z");

        var chosen = extract("orders", "--snapshot", first.id().toString());
        assertThat(chosen.exitCode()).isZero();
        assertThat(chosen.err()).contains("warning: manifests/", second.id().toString());
        assertThat(Files.mismatch(older, target)).isEqualTo(-1);
    }

    @Test
    void extractWhenAnOlderManifestIsDamagedTellsAndWritesTheNewest() throws Exception {
        SavedRepository.damage(repository.manifest(first));

        var run = extract("orders");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.err()).contains("warning: manifests/", first.id().toString());
        assertThat(Files.mismatch(newer, target)).isEqualTo(-1);
    }

    @Test
    void extractWhenTheContentIsNoSoundDatabaseFailsUnlessNothingIsChecked() throws Exception {
        var bytes = Files.readAllBytes(newer);
        Arrays.fill(bytes, 8 * 4096, 16 * 4096, (byte) 0x55);
        var broken = Files.write(directory.resolve("broken.db"), bytes);
        repository.save(SavedRepository.ORDERS, "orders", 3, broken);

        assertRefused(extract("orders"), "CHECK_FAILED");
        assertThat(extract("orders", "--check", "none").exitCode()).isZero();
        assertThat(Files.mismatch(broken, target)).isEqualTo(-1);
    }

    @Test
    void extractWhileTheServiceBacksUpWritesWhatTheServiceDownloads() throws Exception {
        var live = directory.resolve("live.db");
        Users.create(live, "WAL", 1_000);
        try (var service = ServiceSetup.in(directory).start()) {
            var client = service.client();
            client.register("users", live);
            repository = new SavedRepository(ServiceSetup.in(directory).repository());
            for (int row = 1_000; row < 1_003; row++) {
                try (var connection = Users.open(live, 0);
                        var insert = Users.insert(connection)) {
                    Users.add(insert, row);
                }
                var snapshotId = client.snapshotOf(client.backup("users", Map.of("labels", Map.of("row", "" + row))));
                var download = client.download(snapshotId, directory.resolve("download.db"));
                var before = repository.content();

                var run = extract("users");

                assertThat(run.exitCode()).as(run.err()).isZero();
                assertThat(repository.content()).isEqualTo(before);
                assertThat(run.out()).contains(snapshotId);
                assertThat(Files.mismatch(download.file(), target)).isEqualTo(-1);
                Files.delete(target);
            }
        }
    }

    @Test
    void extractWhenTerminatedLeavesNothing() throws Exception {
        var big = directory.resolve("big.db");
        Users.create(big, "DELETE", 30_000);
        repository.save(SavedRepository.ORDERS, "orders", 3, big);
        var command = new ArrayList<>(ServiceRuntime.command());
        command.addAll(List.of("extract", "--repository", repository.directory().toString()));
        command.addAll(List.of("--database", "orders", "--to", target.toString(), "--check", "full"));
        try (var program = RunningProgram.start(command)) {
            while (program.running() && isEmpty(target.getParent())) {
                Thread.onSpinWait();
            }
            program.terminate();
            assertThat(program.awaitExit()).as(program.output()).isEqualTo(143);
            assertThat(program.output()).isEmpty();
        }
        assertThat(target.getParent()).isEmptyDirectory();
    }

    private static boolean isEmpty(Path directory) throws Exception {
        try (var files = Files.list(directory)) {
            return files.findAny().isEmpty();
        }
    }

    @Test
    void extractOnATerminalShowsHowFarItIs() throws Exception {
        var line = new ArrayList<>(ServiceRuntime.command());
        line.addAll(List.of("extract", "--repository", repository.directory().toString()));
        line.addAll(List.of("--database", "orders", "--to", target.toString()));
        try (var terminal = RunningProgram.start(List.of("script", "-qec", String.join(" ", line), "/dev/null"))) {
            assertThat(terminal.awaitExit()).as(terminal.output()).isZero();
            assertThat(terminal.output()).containsSubsequence("restoring", "checking", "path");
        } catch (IOException e) {
            assumeTrue(false, "there is no script(1): " + e.getMessage());
        }
    }
}
