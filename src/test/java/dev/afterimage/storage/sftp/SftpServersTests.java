package dev.afterimage.storage.sftp;

import static dev.afterimage.problem.ProblemAssertions.problem;
import static dev.afterimage.storage.StorageContract.bytes;
import static dev.afterimage.storage.StorageContract.put;
import static dev.afterimage.storage.StorageContract.read;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.storage.ObjectInfo;
import dev.afterimage.storage.StorageException;
import dev.afterimage.storage.StorageIdentity;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.apache.sshd.common.config.keys.writer.openssh.OpenSSHKeyEncryptionContext;
import org.apache.sshd.common.config.keys.writer.openssh.OpenSSHKeyPairResourceWriter;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Servers that do it otherwise, or not at all. */
class SftpServersTests {

    private static final Duration SOON = Duration.ofSeconds(2);

    @TempDir
    Path directory;

    private SftpStorage storage(SftpServer server) {
        return storage(server, server.settings());
    }

    private SftpStorage storage(SftpServer server, SftpSettings settings) {
        return storage(new SftpConnection(server.location("/one"), settings));
    }

    private SftpStorage storage(SftpConnection connection) {
        return new SftpStorage(connection, directory.resolve("unsent"), 0, null);
    }

    private static List<Path> temporary(SftpServer server) throws IOException {
        try (var files = Files.list(server.directory().resolve("one/tmp"))) {
            return files.toList();
        }
    }

    private List<Path> notes() throws IOException {
        try (var files = Files.list(directory.resolve("unsent/uploads"))) {
            return files.toList();
        }
    }

    private static boolean putIfAbsent(SftpStorage storage, String key, String text) {
        try (var object = storage.create()) {
            object.write(bytes(text));
            return object.put(key);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "PLAIN",
                "TAKEN=11",
                "TAKEN=3",
                "TAKEN=2",
                "LINKLESS",
                "OVERWRITES",
                "CHANNELS=1",
                "CONNECTIONS=2"
            })
    void putWhenServersDifferGivesEachNameToOneOfThisProcess(String quirk) throws Exception {
        try (var server = SftpServer.start(quirk);
                var threads = Executors.newFixedThreadPool(8)) {
            var storage = storage(server);
            for (int round = 0; round < 5; round++) {
                var key = "manifests/x/" + round;
                var texts = IntStream.range(0, 8).mapToObj(i -> "text " + i).toList();
                var winners = threads
                        .invokeAll(texts.stream()
                                .map(text -> (Callable<Boolean>) () -> putIfAbsent(storage, key, text))
                                .toList())
                        .stream()
                        .map(Future::resultNow)
                        .toList();

                assertThat(winners).containsOnlyOnce(true);
                assertThat(new String(storage.read(key, 100))).isEqualTo(texts.get(winners.indexOf(true)));
            }
            assertThat(storage.list("manifests/")).hasSize(5);
            assertThat(temporary(server)).isEmpty();
            assertThat(notes()).isEmpty();
            assertThat(server.connections()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"LINKLESS", "OVERWRITES"})
    void probeWhenTheServerDoesNotRefuseForCertainIsNotRemembered(String quirk) {
        try (var server = SftpServer.start(quirk)) {
            assertThat(storage(server).hasAtomicPuts()).isFalse();

            assertThat(directory.resolve("unsent/probed")).doesNotExist();
        }
    }

    @Test
    void putWhenItIsLargeArrivesWhole() {
        try (var server = SftpServer.start()) {
            var storage = storage(server);
            var bytes = new byte[(20 << 20) + 12345];
            new Random(1).nextBytes(bytes);
            try (var object = storage.create()) {
                object.write(ByteBuffer.wrap(bytes));
                assertThat(object.put("layers/x/large")).isTrue();
            }

            try (var object = storage.open("layers/x/large", bytes.length)) {
                var read = ByteBuffer.allocate(bytes.length + 1);
                assertThat(object.read(0, read)).isEqualTo(bytes.length);
                assertThat(read.flip()).isEqualTo(ByteBuffer.wrap(bytes));
            }
        }
    }

    @Test
    void putWhenTheServerIsFullSaysSoAndLeavesNothing() throws IOException {
        try (var server = SftpServer.start("ROOM=500000", "TELLS_ROOM")) {
            var storage = storage(server);
            put(storage, "layers/x/1", "1".repeat(100_000));

            assertThatThrownBy(() -> put(storage, "layers/x/2", "2".repeat(450_000)))
                    .satisfies(problem(ProblemCode.STORAGE_FULL));

            assertThat(temporary(server)).isEmpty();
            assertThat(storage.freeBytes()).isBetween(390_000L, 400_000L);
            storage.delete(List.of("layers/x/1"));
            put(storage, "layers/x/2", "2".repeat(450_000));
        }
    }

    @Test
    void putWhenAFullServerSaysNothingLeavesNothing() throws IOException {
        try (var server = SftpServer.start("ROOM=500000", "PLAIN")) {
            var storage = storage(server);
            put(storage, "layers/x/1", "1".repeat(100_000));

            assertThatThrownBy(() -> put(storage, "layers/x/2", "2".repeat(450_000)))
                    .satisfies(problem(ProblemCode.STORAGE_UNREACHABLE));

            assertThat(temporary(server)).isEmpty();
            assertThat(storage.freeBytes()).isEqualTo(Long.MAX_VALUE);
            assertThat(storage.list("layers/")).hasSize(1);
        }
    }

    @Test
    void connectWhenTheHostKeyHasChangedIsRefusedWithBothAndNotTriedAgain() throws Exception {
        var before = SftpServer.start();
        var settings = before.settings();
        before.kill();
        try (var server = SftpServer.start(before.directory(), "PORT=" + before.port())) {
            var storage = storage(server, settings);

            assertThatThrownBy(() -> storage.list("layers/"))
                    .satisfies(problem(ProblemCode.STORAGE_UNREACHABLE))
                    .hasMessageContaining(before.hostKeys().getFirst())
                    .hasMessageContaining(server.hostKeys().getFirst());
            int connections = server.connections();
            assertThatThrownBy(() -> storage.list("layers/")).satisfies(problem(ProblemCode.STORAGE_UNREACHABLE));

            assertThat(server.connections()).isEqualTo(connections);
        }
    }

    @Test
    void connectWhenNoHostKeyIsKnownIsRefusedWithTheOneThatIsShown() {
        try (var server = SftpServer.start()) {
            var storage = storage(server, SftpServer.settings(List.of(), SOON));

            assertThatThrownBy(storage::usedBytes)
                    .satisfies(problem(ProblemCode.STORAGE_UNREACHABLE))
                    .hasMessageContaining(server.hostKeys().getFirst());
        }
    }

    @Test
    void connectWhenAnyOfTheServersKeysIsKnownGoesOn() {
        try (var server = SftpServer.start()) {
            for (var key : server.hostKeys()) {
                assertThat(storage(server, SftpServer.settings(List.of(key), Duration.ofSeconds(15)))
                                .list("layers/"))
                        .isEmpty();
            }
        }
    }

    private SftpSettings byKnownHosts(String known, Duration timeout) throws IOException {
        var file = Files.writeString(directory.resolve("known_hosts"), known);
        return new SftpSettings(null, null, SftpServer.PASSWORD, null, null, file, null, timeout);
    }

    @Test
    void connectWhenTheKnownHostsHaveItGoesOn() throws IOException {
        try (var server = SftpServer.start()) {
            assertThat(storage(server, byKnownHosts(server.knownHosts(), SOON)).list("layers/"))
                    .isEmpty();
        }
    }

    @Test
    void connectWhenTheKnownHostsRevokeItIsRefused() throws IOException {
        try (var server = SftpServer.start()) {
            var known = server.knownHosts();
            var revoked = known.replaceAll("(?m)^", "@revoked ").replaceAll("@revoked $", "");
            var storage = storage(server, byKnownHosts(known + revoked, SOON));

            assertThatThrownBy(() -> storage.list("layers/")).satisfies(problem(ProblemCode.STORAGE_UNREACHABLE));
        }
    }

    @Test
    void connectWhenThePasswordIsWrongIsRefusedAndNotTriedAgain() {
        try (var server = SftpServer.start()) {
            var storage =
                    storage(server, new SftpSettings(null, null, "wrong", null, server.hostKeys(), null, null, null));

            assertThatThrownBy(() -> storage.list("layers/"))
                    .satisfies(problem(ProblemCode.STORAGE_UNREACHABLE))
                    .hasMessageContaining("this password");
            assertThatThrownBy(() -> storage.list("layers/")).satisfies(problem(ProblemCode.STORAGE_UNREACHABLE));

            assertThat(server.connections()).isEqualTo(1);
        }
    }

    private Path privateKey(KeyPair key, @Nullable String passphrase) throws Exception {
        var context = new OpenSSHKeyEncryptionContext();
        if (passphrase != null) {
            context.setPassword(passphrase);
            context.setCipherName("AES");
            context.setCipherType("256");
        }
        var file = directory.resolve("id");
        try (var out = Files.newOutputStream(file)) {
            OpenSSHKeyPairResourceWriter.INSTANCE.writePrivateKey(key, "kit", passphrase == null ? null : context, out);
        }
        return file;
    }

    @ParameterizedTest
    @ValueSource(strings = {"ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"})
    void connectWhenTheServerKnowsTheKeyGoesOn(String kind) throws Exception {
        var key = KeyUtils.generateKeyPair(kind, kind.equals("ssh-rsa") ? 2048 : 256);
        var authorized = Files.writeString(directory.resolve("authorized"), PublicKeyEntry.toString(key.getPublic()));
        try (var server = SftpServer.start("KEYS=" + authorized)) {
            var plain = new SftpSettings(privateKey(key, null), null, null, null, server.hostKeys(), null, null, null);
            assertThat(storage(server, plain).list("layers/")).isEmpty();

            var passphrase = Files.writeString(directory.resolve("passphrase"), "two words\n");
            var encrypted = new SftpSettings(
                    privateKey(key, "two words"), passphrase, null, null, server.hostKeys(), null, null, null);
            assertThat(storage(server, encrypted).list("layers/")).isEmpty();

            var closed =
                    new SftpSettings(directory.resolve("id"), null, null, null, server.hostKeys(), null, null, null);
            assertThatThrownBy(() -> storage(server, closed).list("layers/"))
                    .satisfies(problem(ProblemCode.STORAGE_UNREACHABLE))
                    .hasMessageContaining("The private key");
        }
    }

    @Test
    void anythingWhenTheServerStopsIsGivenUpAndGoesOnAfterwards() {
        try (var server = SftpServer.start()) {
            var storage = storage(server, SftpServer.settings(server.hostKeys(), SOON));
            put(storage, "layers/x/1", "1");
            try (var open = storage.open("layers/x/1")) {
                server.stop();
                var begun = Instant.now();

                assertThatThrownBy(() -> storage.list("layers/")).satisfies(problem(ProblemCode.STORAGE_UNREACHABLE));
                assertThatThrownBy(() -> read(open)).satisfies(problem(ProblemCode.STORAGE_UNREACHABLE));
                assertThatThrownBy(() -> put(storage, "layers/x/2", "2".repeat(1 << 20)))
                        .satisfies(problem(ProblemCode.STORAGE_UNREACHABLE));
                assertThat(Duration.between(begun, Instant.now())).isLessThan(Duration.ofMinutes(2));

                server.goOn();
                assertThat(read(open)).isEqualTo("1");
                put(storage, "layers/x/2", "2".repeat(1 << 20));
            }
        }
    }

    /** The first finds the connection dead, the next one finds it being closed. */
    @Test
    void identityWhenTheServerStopsIsGivenUpAfterOneTimeout() {
        var timeout = Duration.ofSeconds(6);
        try (var server = SftpServer.start()) {
            var storage = storage(server, SftpServer.settings(server.hostKeys(), timeout));
            storage.identify(new StorageIdentity(UUID.randomUUID(), null));
            server.stop();
            for (int look = 1; look <= 3; look++) {
                var begun = Instant.now();

                assertThatThrownBy(storage::identity).satisfies(problem(ProblemCode.STORAGE_UNREACHABLE));

                assertThat(Duration.between(begun, Instant.now()))
                        .as("look %d", look)
                        .isLessThan(timeout.multipliedBy(4).dividedBy(3));
            }

            server.goOn();
            assertThat(storage.identity()).isPresent();
        }
    }

    @Test
    void readWhenTheConnectionWasLostGoesOnUnlessAnotherHasTheName() throws Exception {
        var before = SftpServer.start();
        var known = directory.resolve("known_hosts");
        var settings = byKnownHosts(before.knownHosts(), Duration.ofSeconds(15));
        var storage = storage(before, settings);
        put(storage, "layers/x/1", "one");
        put(storage, "layers/x/2", "two");
        try (var one = storage.open("layers/x/1");
                var two = storage.open("layers/x/2")) {
            assertThat(read(one)).isEqualTo("one");
            before.kill();
            var file = before.directory().resolve("one/layers/x/2");
            Files.delete(file);
            Files.writeString(file, "dos");
            Files.setLastModifiedTime(file, FileTime.from(Instant.now().plusSeconds(60)));
            try (var server = SftpServer.start(before.directory(), "PORT=" + before.port())) {
                Files.writeString(known, server.knownHosts());

                assertThat(read(one)).isEqualTo("one");
                assertThatThrownBy(() -> read(two)).isInstanceOf(StorageException.Missing.class);
            }
        }
    }

    @Test
    void removeLeftoversWhenTheirProcessIsDeadRemovesThoseAlone() throws IOException {
        try (var server = SftpServer.start()) {
            var connection = new SftpConnection(server.location("/one"), server.settings());
            var storage = storage(connection);
            put(storage, "layers/x/1", "1");
            var tmp = server.directory().resolve("one/tmp");
            var dead = Files.writeString(tmp.resolve("" + UUID.randomUUID()), "dead");
            var foreign = Files.writeString(tmp.resolve("foreign"), "of another machine");
            var notes = directory.resolve("unsent/uploads");
            var note = Files.writeString(
                    notes.resolve("" + UUID.randomUUID()), connection + "\ntmp/" + dead.getFileName() + "\n");
            var elsewhere =
                    Files.writeString(notes.resolve("" + UUID.randomUUID()), "sftp://kit@elsewhere:22/\ntmp/foreign\n");
            var uploads = new SftpUploads(connection, notes);
            try (var living = uploads.begin()) {
                var sent = Files.writeString(server.directory().resolve("one/" + living.key()), "living");

                storage.removeLeftovers();

                assertThat(sent).exists();
                assertThat(dead).doesNotExist();
                assertThat(note).doesNotExist();
                assertThat(foreign).exists();
                assertThat(elsewhere).exists();
            }
        }
    }

    @Test
    void listWhenADirectoryIsALinkFollowsIt() throws IOException {
        try (var server = SftpServer.start()) {
            var storage = storage(server);
            put(storage, "layers/x/a/1", "1");
            var disk = server.directory().resolve("disk");
            Files.move(server.directory().resolve("one/layers"), disk);
            Files.createSymbolicLink(server.directory().resolve("one/layers"), disk);

            assertThat(storage.list("layers/")).containsExactly(new ObjectInfo("layers/x/a/1", 1));
            assertThat(storage.folders("layers/")).containsExactly("x");
            put(storage, "layers/x/a/2", "2");

            Files.move(disk, server.directory().resolve("elsewhere"));
            for (Callable<?> call : List.<Callable<?>>of(
                    () -> storage.list("layers/"),
                    () -> storage.list("layers/x/"),
                    () -> storage.folders("layers/"),
                    () -> storage.size("layers/x/a/1"),
                    () -> storage.open("layers/x/a/1"))) {
                assertThatThrownBy(call::call).satisfies(problem(ProblemCode.STORAGE_UNREACHABLE));
            }
        }
    }
}
