package dev.afterimage.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.bytes.Sha256;
import dev.afterimage.repository.Repository;
import dev.afterimage.repository.Storages;
import dev.afterimage.repository.seal.Secret;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.storage.Location;
import dev.afterimage.storage.s3.S3Server;
import dev.afterimage.storage.sftp.SftpSettings;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.util.FileSystemUtils;
import tools.jackson.databind.JsonNode;

/** A whole service back from its repository alone, as its user does it. */
class RecoverTests {

    private static final UUID ID = UUID.fromString("0197d0c2-5a00-7000-8000-000000000001");
    private static final List<String> DATABASES = List.of("orders", "stock", "users");

    @TempDir
    Path directory;

    private CommandRun recover(Path repository, Path home, Object... more) {
        var arguments = new ArrayList<Object>(List.of("recover", "--from", repository, "--home", home));
        arguments.addAll(List.of(more));
        return CommandRun.here(arguments.toArray());
    }

    private SavedRepository saved() throws Exception {
        var repository = new SavedRepository(directory.resolve("repository"));
        var file = directory.resolve("orders.db");
        Users.create(file, "DELETE", 400);
        repository.save(SavedRepository.ORDERS, "orders", 1, file);
        repository.identify(ID);
        return repository;
    }

    private static void assertRefused(CommandRun run, int exitCode, String... words) {
        assertThat(run.exitCode()).as(run.toString()).isEqualTo(exitCode);
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).contains(words).doesNotContain("\tat ");
    }

    @Test
    void lostHostIsBackWithTwoCommandsAndOneCall() throws Exception {
        var repository = directory.resolve("bucket");
        var root = Files.createDirectory(directory.resolve("srv"));
        var setup = new ServiceSetup(directory.resolve("home"), root, List.of(), List.of())
                .with("--afterimage.repository.location=" + repository);
        var sums = new LinkedHashMap<String, String>();
        String token;
        var snapshot = "";
        try (var service = setup.start()) {
            var client = service.client();
            for (var name : DATABASES) {
                var file = root.resolve(name + ".db");
                Users.create(file, "DELETE", 1_000 + 100 * name.length());
                client.register(name, file);
                client.snapshotOf(client.backup(name));
                sums.put(name, Sha256.hexOf(Files.readAllBytes(file)));
            }
            snapshot = client.snapshotOf(client.backup("orders"));
            accepted(client, "PATCH", "snapshots/" + snapshot, Map.of("pinned", true));
            accepted(client, "PUT", "retention", Map.of("last", 30));
            accepted(client, "PUT", "databases/orders/schedule", Map.of("cron", "30 2 1 1 *"));
            token = accepted(client, "POST", "tokens", Map.of("name", "pipeline", "scope", "OPERATE"))
                    .get("token")
                    .asString();
            accepted(client, "POST", "repository/catalog-copies", Map.of());
            assertThat(service.stop()).isEqualTo(143);
        }
        FileSystemUtils.deleteRecursively(setup.home());
        FileSystemUtils.deleteRecursively(root);
        Files.createDirectory(root);

        var page = new Page(Map.of(
                "s3://backups/shop",
                repository.toString(),
                "/var/lib/afterimage",
                setup.home().toString()));
        var told = page.run(page.blocks.getFirst());

        assertThat(told)
                .contains(
                        "snapshots   4",
                        "database    orders  " + root.resolve("orders.db") + "  missing",
                        "settings    as of 20",
                        "retention policies 1, schedules 1",
                        "OPERATE  pipeline",
                        "--afterimage.home=" + setup.home(),
                        "--afterimage.repository.location=" + repository,
                        "--afterimage.databases.roots=" + root);
        try (var service = setup.start()) {
            var client = service.client().with(token);
            for (var name : DATABASES) {
                assertThat(client.get("databases/" + name)
                                .body()
                                .get("problem")
                                .get("code")
                                .asString())
                        .isEqualTo("SOURCE_UNREADABLE");
            }

            var restored = page.run("""
                    API=%s/api/v1; TOKEN=%s
                    call() { curl -sS --fail-with-body -H "Authorization: Bearer $TOKEN" "$@"; }
                    %s
                    """.formatted(service.address(), token, page.blocks.getLast()));

            assertThat(restored.lines().filter(line -> line.contains("SUBMITTED")))
                    .hasSize(3);
            assertThat(restored.lines().filter(line -> line.contains("\tSUCCEEDED")))
                    .containsExactlyInAnyOrderElementsOf(DATABASES.stream()
                            .map(name -> name + "\tSUCCEEDED\t")
                            .toList());
            for (var name : DATABASES) {
                assertThat(Sha256.hexOf(Files.readAllBytes(root.resolve(name + ".db"))))
                        .as(name)
                        .isEqualTo(sums.get(name));
            }
            assertThat(client.get("snapshots/" + snapshot).body().get("pinned").asBoolean())
                    .isTrue();
            assertThat(client.get("databases/orders/schedule")
                            .body()
                            .get("cron")
                            .asString())
                    .isEqualTo("30 2 1 1 *");
            assertThat(client.get("retention").body().toString()).contains("\"last\":30");
            client.snapshotOf(client.backup("orders"));
        }
    }

    /** What disaster.md says of a lost host. */
    private static final class Page {

        private static final Pattern BLOCK = Pattern.compile("(?ms)^ *```console\n(.*?)^ *```$");

        private final List<String> blocks;

        /** @param places what lies elsewhere in this test */
        Page(Map<String, String> places) throws Exception {
            var page = Files.readString(Path.of("docs/disaster.md"));
            var section = page.substring(page.indexOf("## The host is lost"));
            blocks = BLOCK.matcher(section.substring(0, section.indexOf("\n## ", 1)))
                    .results()
                    .map(block -> block.group(1))
                    .map(block -> places.entrySet().stream()
                            .reduce(
                                    block,
                                    (text, place) -> text.replace(place.getKey(), place.getValue()),
                                    (x, y) -> y))
                    .map(block -> block.replace("-o afterimage -g afterimage", "")
                            .replace("runuser -u afterimage -- afterimage", String.join(" ", ServiceRuntime.command())))
                    .toList();
        }

        /** Returns what it printed. */
        String run(String script) throws Exception {
            var process = new ProcessBuilder("bash", "-euo", "pipefail", "-c", script)
                    .redirectErrorStream(true)
                    .start();
            process.getOutputStream().close();
            var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).as(output).isZero();
            return output;
        }
    }

    private static JsonNode accepted(ServiceClient client, String method, String path, Map<String, ?> body)
            throws Exception {
        var answer = client.send(method, path, body);
        assertThat(answer.status()).as("%s %s: %s", method, path, answer).isBetween(200, 204);
        return answer.body();
    }

    @Test
    void recoverWhenThereIsNoCopyOfTheCatalogBringsBackWhatTheManifestsSayAndChangesNothingButTheLease()
            throws Exception {
        var repository = saved();
        var before = withoutLease(repository);

        var run = recover(repository.directory(), directory.resolve("home"));

        assertThat(run.exitCode()).as(run.toString()).isZero();
        assertThat(run.out())
                .contains("snapshots   1", "database    orders  /srv/orders.db  missing", "settings    none")
                .contains("repository  " + repository.directory() + ", " + ID, "lease       1\n");
        assertThat(repository.directory().resolve("lease/000000000001")).isRegularFile();
        assertThat(withoutLease(repository)).isEqualTo(before);
    }

    private static Map<String, String> withoutLease(SavedRepository repository) throws Exception {
        var content = repository.content();
        content.keySet()
                .removeIf(path -> path.equals(repository.directory().toString())
                        || path.contains("/lease")
                        || path.endsWith("/tmp"));
        return content;
    }

    @Test
    void commandsReadABucketAsTheEnvironmentOfTheServiceSays() throws Exception {
        var server = S3Server.shared();
        var location = "s3://%s/shop".formatted(server.newBucket());
        var file = directory.resolve("orders.db");
        Users.create(file, "DELETE", 400);
        var storage = Storages.open(
                Location.parse(location), server.settings(), SftpSettings.NONE, directory.resolve("unsent"), 0, null);
        var repository = new Repository(new Vault(storage, Clock.systemUTC()), Clock.systemUTC());
        var environment = environment(server, location);
        var home = directory.resolve("home");

        assertRefused(
                CommandRun.with(environment, "recover", "--from", location, "--home", home),
                1,
                "not a repository: " + location);

        assertThat(repository.found().identify(ID)).isTrue();
        for (int number = 1; number <= 20; number++) {
            SavedRepository.save(repository, SavedRepository.ORDERS, "orders", number, file, Map.of());
        }
        var list = CommandRun.with(environment, "list", "--json");
        assertThat(list.exitCode()).as(list.toString()).isZero();
        assertThat(list.out().lines()).hasSize(20);
        var target = directory.resolve("extracted.db");
        var extract = CommandRun.with(
                environment, "extract", "--repository", location, "--database", "orders", "--to", target);
        assertThat(extract.exitCode()).as(extract.toString()).isZero();
        assertThat(Files.mismatch(file, target)).isEqualTo(-1);
        var run = CommandRun.with(environment, "recover", "--from", location, "--home", home);
        assertThat(run.exitCode()).as(run.toString()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.out()).contains("snapshots   20", "--afterimage.repository.location=" + location);
    }

    private static Map<String, String> environment(S3Server server, String location) {
        return Map.of(
                "AFTERIMAGE_REPOSITORY_S3_ENDPOINT", server.address().toString(),
                "AFTERIMAGE_REPOSITORY_S3_REGION", "us-east-1",
                "AFTERIMAGE_REPOSITORY_S3_ACCESS_KEY_ID",
                        String.valueOf(server.settings().accessKeyId()),
                "AFTERIMAGE_REPOSITORY_S3_SECRET_ACCESS_KEY",
                        String.valueOf(server.settings().secretAccessKey()),
                "AFTERIMAGE_REPOSITORY_LOCATION", location);
    }

    @Test
    void keysAreAddedToABucketAndNothingIsLeftOnThisMachine() throws Exception {
        var server = S3Server.shared();
        var location = "s3://%s/sealed".formatted(server.newBucket());
        var passphrase = Files.writeString(directory.resolve("passphrase"), "correct horse battery\n");
        var storage = Storages.open(
                Location.parse(location), server.settings(), SftpSettings.NONE, directory.resolve("unsent"), 0, null);
        var vault = new Vault(storage, () -> Optional.of(Secret.passphraseFile(passphrase)), Clock.systemUTC());
        assertThat(vault.identify(ID)).isTrue();
        var temporary = Files.createDirectory(directory.resolve("tmp"));
        var environment = new LinkedHashMap<>(environment(server, location));
        environment.put("JDK_JAVA_OPTIONS", "-Djava.io.tmpdir=" + temporary);

        var made = directory.resolve("made");
        var run = CommandRun.with(environment, "keys", "add", "--passphrase-file", passphrase, "--new-key-file", made);

        assertThat(run.exitCode()).as(run.toString()).isZero();
        assertThat(vault.keys()).hasSize(2);
        assertThat(temporary).isEmptyDirectory();
    }

    @Test
    void recoverWhenAnAttemptDiedBeginsAnew() throws Exception {
        var repository = saved();
        var home = Files.createDirectories(directory.resolve("home"));
        Files.createDirectories(home.resolve("staging/rebuild"));
        Files.writeString(home.resolve("node-id"), "");
        Files.writeString(home.resolve("catalog-unfinished.db"), "half of a page");
        Files.writeString(home.resolve("catalog-unfinished.db-wal"), "what is no WAL");

        var run = recover(repository.directory(), home);

        assertThat(run.exitCode()).as(run.toString()).isZero();
        assertThat(home).isDirectoryContaining("glob:**/catalog.db").isDirectoryNotContaining("glob:**/catalog-unf*");
        assertRefused(recover(repository.directory(), home), 1, "TARGET_EXISTS", home + " is not empty");
    }

    @Test
    void recoverWhenTheHomeHasSomethingElseTouchesNothing() throws Exception {
        var repository = saved();
        var home = Files.createDirectories(directory.resolve("home"));
        Files.writeString(home.resolve("notes.txt"), "mine");

        assertRefused(recover(repository.directory(), home), 1, "TARGET_EXISTS", home + " is not empty");

        assertThat(home.toFile().list()).containsExactly("notes.txt");
    }

    @Test
    void recoverWhenTheRepositoryLiesInTheHomeLeavesItThere() throws Exception {
        var home = Files.createDirectories(directory.resolve("home"));
        Files.move(saved().directory(), home.resolve("repository"));

        var run = recover(home.resolve("repository"), home);

        assertThat(run.exitCode()).as(run.toString()).isZero();
        assertThat(run.out()).contains("--afterimage.home=" + home).doesNotContain("repository.location");
    }

    @Test
    void recoverWhenItIsNoRepositoryOrHasNoIdWritesNothing() throws Exception {
        var home = directory.resolve("home");

        assertRefused(recover(directory, home), 1, "not a repository", "no directory manifests");

        var nameless = new SavedRepository(directory.resolve("repository"));
        var file = directory.resolve("orders.db");
        Users.create(file, "DELETE", 400);
        nameless.save(SavedRepository.ORDERS, "orders", 1, file);
        assertRefused(recover(nameless.directory(), home), 1, "not a repository", "no repository.json");
        assertThat(home).doesNotExist();
    }

    @Test
    void recoverWhenThePassphraseIsWrongWritesNothing() throws Exception {
        var right = Files.writeString(directory.resolve("right"), "correct horse battery\n");
        var wrong = Files.writeString(directory.resolve("wrong"), "incorrect horse battery\n");
        var repository = new SavedRepository(directory.resolve("repository"), right);
        var file = directory.resolve("orders.db");
        Users.create(file, "DELETE", 400);
        repository.identify(ID);
        repository.save(SavedRepository.ORDERS, "orders", 1, file);
        var home = directory.resolve("home");

        assertRefused(recover(repository.directory(), home), 1, "REPOSITORY_LOCKED");
        assertRefused(
                recover(repository.directory(), home, "--passphrase-file", wrong), 1, "recover: REPOSITORY_LOCKED");

        assertThat(home).doesNotExist();
        var run = recover(repository.directory(), home, "--passphrase-file", right);
        assertThat(run.exitCode()).as(run.toString()).isZero();
        assertThat(run.out()).contains("snapshots   1");
    }

    @Test
    void recoverWhenASnapshotCannotBeReadTellsWhichAndBringsBackTheOthers() throws Exception {
        var repository = saved();
        var file = directory.resolve("orders.db");
        var second = repository.save(SavedRepository.ORDERS, "orders", 2, file);
        SavedRepository.damage(repository.manifest(second));

        var run = recover(repository.directory(), directory.resolve("home"));

        assertThat(run.exitCode()).as(run.toString()).isEqualTo(1);
        assertThat(run.out())
                .contains("snapshots   1", "unreadable  manifests/", second.id().toString());
    }
}
