package dev.afterimage.repository;

import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.afterimage.repository.format.Manifest;
import dev.afterimage.repository.seal.Secret;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.storage.local.LocalStorage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code docs/repository-format.md} is enough to read a snapshot: a reader that shares no code with this one does. */
class ReadSnapshotScriptTests {

    /** So many that the last ones had to merge layers. */
    private static final int SNAPSHOTS = Manifest.MAX_LAYERS + 9;

    record Answer(int exitCode, String text) {}

    @TempDir
    Path directory;

    @BeforeEach
    void requireTools() {
        assumeTrue(isInstalled("python3") && isInstalled("zstd"), "needs python3 and the zstd command line tool");
    }

    private static boolean isInstalled(String tool) {
        try {
            return run(List.of(tool, "--version")).exitCode == 0;
        } catch (IOException e) {
            return false;
        }
    }

    private static Answer run(List<String> command) throws IOException {
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        var text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            return new Answer(process.waitFor(), text);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private Answer script(String... arguments) throws IOException {
        return run(Stream.concat(Stream.of("python3", "examples/read_snapshot.py"), Stream.of(arguments))
                .toList());
    }

    private Manifest save(Path file) {
        var repository = TestRepositories.on(new LocalStorage(directory.resolve("repository"), 0));
        return repository.save(file, NewSnapshots.any(), PageProgress.NONE);
    }

    private Answer extract(Manifest manifest, Path target) throws IOException {
        return script(
                directory.resolve("repository").toString(),
                manifest.databaseId().toString(),
                manifest.id().toString(),
                target.toString());
    }

    @ParameterizedTest
    @CsvSource({"4096,1", "4096,5000", "512,5000", "65536,40"})
    void scriptWhenGivenASnapshotWritesTheSameBytes(int pageSize, long pageCount) throws IOException {
        var file = DatabaseFiles.write(directory.resolve("a.db"), pageSize, pageCount, 1);
        var target = directory.resolve("b.db");

        var answer = extract(save(file), target);

        assertThat(answer.text).isEmpty();
        assertThat(answer.exitCode).isZero();
        assertThat(Files.mismatch(file, target)).isEqualTo(-1);
    }

    @Test
    void scriptWhenASnapshotHasManyLayersWritesTheSameBytes() throws IOException {
        var repository = TestRepositories.on(new LocalStorage(directory.resolve("repository"), 0));
        var pages = PageArrays.of(512, 3000, 1);
        var manifests = new ArrayList<Manifest>();
        var states = new ArrayList<PageArrays>();
        for (int i = 0; i < SNAPSHOTS; i++) {
            for (int n = 0; n < 100; n++) {
                pages.write(1 + (n * 37 + i * 11) % (int) pages.pageCount(), i);
            }
            pages.resize(3000 - 200 * (i % 5), i);
            try (var writer =
                    repository.begin(NewSnapshots.DATABASE, manifests.isEmpty() ? null : manifests.getLast())) {
                writer.add(pages.toFile(directory.resolve("a.db")), PageProgress.NONE);
                manifests.add(writer.publish(NewSnapshots.any()));
                states.add(pages.copy());
            }
        }

        for (int i = 0; i < SNAPSHOTS; i += 18) {
            var target = directory.resolve(i + ".db");
            assertThat(extract(manifests.get(i), target).text).isEmpty();
            assertThat(Files.readAllBytes(target)).isEqualTo(states.get(i).bytes());
        }
        assertThat(manifests).extracting(manifest -> manifest.layers().size()).contains(Manifest.MAX_LAYERS);

        for (int round = 1; round <= 2; round++) {
            int every = round * 9;
            for (int i = 0; i < SNAPSHOTS; i++) {
                if (i % every != 0) {
                    TestRepositories.delete(
                            repository, NewSnapshots.DATABASE, manifests.get(i).id());
                }
            }
            assertThat(repository
                            .compact(NewSnapshots.DATABASE, PageProgress.NONE)
                            .bytesReplaced())
                    .isPositive();
            TestRepositories.sweep(repository);
        }
        for (int i = 0; i < SNAPSHOTS; i += 18) {
            var target = directory.resolve(i + "-compacted.db");
            assertThat(extract(manifests.get(i), target).text).isEmpty();
            assertThat(Files.readAllBytes(target)).isEqualTo(states.get(i).bytes());
        }
    }

    @Test
    void scriptWhenALayerIsDamagedWritesNothing() throws IOException {
        var manifest = save(DatabaseFiles.write(directory.resolve("a.db"), 4096, 300, 1));
        var layer = directory.resolve("repository/layers/%s/%s"
                .formatted(manifest.databaseId(), manifest.layers().getFirst().id()));
        var bytes = Files.readAllBytes(layer);
        bytes[1000] ^= 4;
        Files.write(layer, bytes);

        var answer = extract(manifest, directory.resolve("b.db"));

        assertThat(answer.exitCode).isEqualTo(1);
        assertThat(answer.text).contains("damaged: the block at 64");
        assertThat(directory.resolve("b.db")).doesNotExist();
        assertThat(directory.resolve("b.db.part")).doesNotExist();
    }

    @Test
    void scriptWhenGivenARepositoryListsItsSnapshots() throws IOException {
        var manifest = save(DatabaseFiles.write(directory.resolve("a.db"), 4096, 1, 1));

        assertThat(script(directory.resolve("repository").toString()).text)
                .isEqualTo("orders 2026-03-01T02:03:04.567Z %s %s%n".formatted(manifest.databaseId(), manifest.id()));
    }

    @Test
    void scriptWhenTheRepositoryIsSealedOpensItByKeyFileOrPassphrase() throws IOException {
        assumeTrue(
                run(List.of("python3", "-c", "from cryptography.hazmat.primitives.kdf.argon2 import Argon2id")).exitCode
                        == 0,
                "needs the package cryptography, 44 or newer");
        var key = directory.resolve("key");
        var secret = Secret.newKeyFile(key);
        var vault = new Vault(
                new LocalStorage(directory.resolve("repository"), 0), () -> Optional.of(secret), Clock.systemUTC());
        vault.identify(UUID.randomUUID());
        vault.addKey(Secret.passphrase("grüße ahoi "), "");
        var passphrase = Files.writeString(directory.resolve("passphrase"), "grüße ahoi \n");
        var wrong = Files.writeString(directory.resolve("wrong"), "grüße ahoi\n");
        var file = DatabaseFiles.write(directory.resolve("a.db"), 512, 5000, 1);
        var repository = new Repository(vault, Clock.systemUTC());
        var manifest = repository.save(file, NewSnapshots.any(), PageProgress.NONE);
        var words = List.of(
                directory.resolve("repository").toString(),
                manifest.databaseId().toString(),
                manifest.id().toString());

        for (var opener : List.of(List.of("--key-file", key), List.of("--passphrase-file", passphrase))) {
            var target = directory.resolve(opener.getFirst() + ".db");
            var answer = script(Stream.of(opener, words, List.of(target))
                    .flatMap(List::stream)
                    .map(Object::toString)
                    .toArray(String[]::new));
            assertThat(answer.text).isEmpty();
            assertThat(Files.mismatch(file, target)).isEqualTo(-1);
        }
        var refused = script("--passphrase-file", wrong.toString(), words.getFirst());
        assertThat(refused.exitCode).isEqualTo(1);
        assertThat(refused.text).contains("nothing that was given opens it");
        requireTellsWhatIsWrong(vault, key);
    }

    /** As the service does: before anything but the keys is read. */
    private void requireTellsWhatIsWrong(Vault vault, Path key) throws IOException {
        var root = directory.resolve("repository");
        var opener = new String[] {"--key-file", key.toString(), root.toString()};
        var identity = Files.readString(root.resolve("repository.json"));
        var own = Files.readString(root.resolve("keys/" + vault.keys().getLast().id()));
        var hostile = UUID.fromString("00000000-0000-4000-8000-000000000000");
        Files.writeString(
                root.resolve("keys/" + hostile),
                own.replace(vault.keys().getLast().id().toString(), hostile.toString())
                        .replaceAll("\"memoryKib\" : \\d+", "\"memoryKib\" : 2147483647"));
        Files.writeString(root.resolve("keys/10000000-0000-4000-8000-000000000000"), "{");
        var passphrase = directory.resolve("passphrase").toString();
        assertThat(script("--passphrase-file", passphrase, root.toString()).exitCode)
                .as("broken keys are passed over")
                .isZero();

        Files.writeString(
                root.resolve("repository.json"), identity.replaceAll("\"id\":\"........", "\"id\":\"00000000"));
        assertThat(script(opener).text).contains("of another repository");

        var other = new Vault(
                new LocalStorage(directory.resolve("other"), 0),
                () -> Optional.of(Secret.keyFile(key)),
                Clock.systemUTC());
        other.identify(idOf(identity));
        Files.copy(directory.resolve("other/repository.json"), root.resolve("repository.json"), REPLACE_EXISTING);
        assertThat(script(opener).text).contains("of another repository");

        Files.writeString(root.resolve("repository.json"), "{\"format\":3,\"id\":\"" + idOf(identity) + "\"}");
        assertThat(script(opener).text).contains("is not sealed");
        Files.delete(root.resolve("repository.json"));
        assertThat(script(opener).exitCode).isZero();
        try (var keys = Files.list(root.resolve("keys"))) {
            for (var one : keys.toList()) {
                Files.delete(one);
            }
        }
        assertThat(script(opener).text).contains("is not sealed");
    }

    private static UUID idOf(String identity) {
        return UUID.fromString(identity.replaceAll("(?s).*\"id\":\"([^\"]*)\".*", "$1"));
    }
}
