package dev.afterimage.service;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A service whose repository is sealed, and lies outside of its home. */
class SealedServiceTests {

    @TempDir
    Path directory;

    @TempDir
    Path secrets;

    private Path repository;
    private Path passphrase;
    private ServiceSetup setup;

    @BeforeEach
    void choose() throws IOException {
        repository = secrets.resolve("vault");
        passphrase = Files.writeString(secrets.resolve("passphrase"), "correct horse\n");
        setup = setup(passphrase);
    }

    private ServiceSetup setup(Path passphraseFile) {
        return ServiceSetup.in(directory)
                .with(
                        "--afterimage.repository.location=" + repository,
                        "--afterimage.repository.passphrase-file=" + passphraseFile);
    }

    private Map<Path, String> objects() throws IOException {
        var objects = new TreeMap<Path, String>();
        try (var files = Files.walk(repository)) {
            for (var file : files.filter(Files::isRegularFile).toList()) {
                objects.put(repository.relativize(file), Files.readString(file, ISO_8859_1));
            }
        }
        return objects;
    }

    @Test
    void serviceWhenItsRepositoryIsSealedHidesAllAndOpensOnlyWithItsPassphrase() throws Exception {
        var file = directory.resolve("plantedname.db");
        Users.create(file, "WAL", 5_000);
        String snapshot;
        try (var service = setup.start()) {
            var client = service.client();
            client.register("plantedname", file);
            snapshot = client.snapshotOf(client.backup("plantedname"));
            assertThat(client.get("repository").body().get("sealed").asBoolean())
                    .isTrue();
            assertThat(client.send("POST", "repository/catalog-copies", Map.of())
                            .status())
                    .isEqualTo(200);

            var keys = client.get("repository/keys").body().get("items");
            assertThat(keys).hasSize(1);
            var own = "repository/keys/" + keys.get(0).get("id").asString();
            assertThat(client.send("DELETE", own, Map.of()).body().get("code").asString())
                    .isEqualTo("KEY_NEEDED");
            var added = client.send("POST", "repository/keys", Map.of("name", "safe"));
            assertThat(added.status()).isEqualTo(201);
            Files.writeString(
                    secrets.resolve("safe.key"), added.body().get("keyFile").asString());

            Files.writeString(passphrase, "another horse\n"); // then the old one may go
            var changed = client.send(
                    "POST",
                    "repository/keys",
                    Map.of(
                            "passphrase",
                            "another horse",
                            "replaces",
                            keys.get(0).get("id").asString()));
            assertThat(changed.status()).isEqualTo(201);
            assertThat(changed.body().get("keyFile").isNull()).isTrue();
            assertThat(service.output()).doesNotContain("another horse", "correct horse");
            service.kill();
        }
        assertThat(setup.repository()).doesNotExist();
        assertThat(objects()).hasSizeGreaterThanOrEqualTo(5);
        objects()
                .forEach((object, text) -> assertThat(text)
                        .as(object.toString())
                        .doesNotContain("plantedname", "SQLite format", "another horse", directory.toString()));

        requireCommands(snapshot);
        requireRefusalOfTheOldPassphrase();

        try (var service = setup.start()) {
            var client = service.client();
            client.download(snapshot, directory.resolve("download.db"))
                    .requireToBe(client.get("snapshots/" + snapshot).body());
            client.snapshotOf(client.backup("plantedname"));
        }
    }

    private void requireCommands(String snapshot) throws Exception {
        var target = directory.resolve("extracted.db");
        var extracted = CommandRun.here(
                "extract",
                "--repository",
                repository,
                "--key-file",
                secrets.resolve("safe.key"),
                "--database",
                "plantedname",
                "--to",
                target);
        assertThat(extracted.err()).isEmpty();
        assertThat(extracted.out()).contains(snapshot);
        var list = CommandRun.here("list", "--repository", repository);
        assertThat(list.exitCode()).isEqualTo(1);
        assertThat(list.err()).contains("REPOSITORY_LOCKED", "sealed");
        assertThat(list.out()).isEmpty();

        var made = secrets.resolve("made.key");
        var added = CommandRun.here(
                "keys", "add", "--repository", repository, "--passphrase-file", passphrase, "--new-key-file", made);
        assertThat(added.err()).isEmpty();
        assertThat(CommandRun.here("list", "--repository", repository, "--key-file", made)
                        .exitCode())
                .isZero();
        var again = CommandRun.here(
                "keys", "add", "--repository", repository, "--passphrase-file", passphrase, "--new-key-file", made);
        assertThat(again.exitCode()).isEqualTo(2);
        assertThat(again.err()).contains("already");
        var unmade = secrets.resolve("unmade.key");
        var noSuch = CommandRun.here(
                "keys",
                "add",
                "--repository",
                repository,
                "--passphrase-file",
                passphrase,
                "--new-key-file",
                unmade,
                "--replaces",
                "0a1b2c3d-4e5f-4a6b-8c7d-9e8f7a6b5c4d");
        assertThat(noSuch.err()).contains("KEY_NOT_FOUND");
        assertThat(unmade).doesNotExist();
        var listed = CommandRun.here("keys", "list", "--repository", repository)
                .out()
                .lines()
                .toList();
        assertThat(listed).hasSize(3);
        var id = added.out().substring(0, 36);
        assertThat(CommandRun.here("keys", "remove", "--repository", repository, "--key-file", made, id)
                        .err())
                .contains("KEY_NEEDED");
        assertThat(CommandRun.here("keys", "remove", "--repository", repository, "--passphrase-file", passphrase, id)
                        .exitCode())
                .isZero();
    }

    private void requireRefusalOfTheOldPassphrase() throws Exception {
        var before = objects();
        var old = Files.writeString(secrets.resolve("old"), "correct horse\n");
        try (var service = setup(old).launch()) {
            assertThat(service.awaitExit()).isNotZero();
            assertThat(service.output())
                    .contains(
                            "Afterimage does not start: None of the 2 keys of the repository opens with the passphrase")
                    .doesNotContain("\tat ", "correct horse");
        }
        assertThat(objects()).isEqualTo(before);
    }

    @Test
    void serviceWhenItsPassphraseFileIsUnderTheRootsDoesNotStart() throws Exception {
        var inside = Files.writeString(directory.resolve("passphrase"), "correct horse\n");
        try (var service = setup(inside).launch()) {
            assertThat(service.awaitExit()).isNotZero();
            assertThat(service.output()).contains("Afterimage does not start: " + inside + " is under");
        }
        assertThat(repository).doesNotExist();
        assertThat(List.of(passphrase)).allMatch(Files::exists);
    }
}
