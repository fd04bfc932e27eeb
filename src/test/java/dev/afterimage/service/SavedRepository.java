package dev.afterimage.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.repository.Repository;
import dev.afterimage.repository.format.CaptureFacts;
import dev.afterimage.repository.format.Manifest;
import dev.afterimage.repository.seal.Secret;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.repository.write.NewSnapshot;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.format.JournalMode;
import dev.afterimage.storage.local.LocalStorage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A repository made without the service. */
record SavedRepository(Path directory, @Nullable Path passphraseFile) {

    /** One that is not sealed. */
    SavedRepository(Path directory) {
        this(directory, null);
    }

    static final UUID ORDERS = UUID.fromString("0197d0c2-5a00-7000-8000-00000000000a");

    /** Saves a file as a snapshot of a database, as it was so many seconds into a year. */
    Manifest save(UUID databaseId, String name, int seconds, Path file) {
        return save(databaseId, name, seconds, file, Map.of("why", "grün\n\"x\""));
    }

    Manifest save(UUID databaseId, String name, int seconds, Path file, Map<String, String> labels) {
        return save(repository(), databaseId, name, seconds, file, labels);
    }

    /** The same in another one. */
    static Manifest save(
            Repository repository, UUID databaseId, String name, int seconds, Path file, Map<String, String> labels) {
        var createdAt = Instant.parse("2026-01-01T00:00:00Z").plus(Duration.ofSeconds(seconds));
        var snapshot = new NewSnapshot(snapshotId(createdAt), databaseId, name, createdAt, null, labels, CAPTURE);
        return repository.save(file, snapshot, PageProgress.NONE);
    }

    private Repository repository() {
        return new Repository(
                new Vault(
                        new LocalStorage(directory, 0),
                        () -> Optional.ofNullable(passphraseFile).map(Secret::passphraseFile),
                        Clock.systemUTC()),
                Clock.systemUTC());
    }

    /** Gives it its id, as the service does before it saves anything. */
    void identify(UUID id) {
        assertThat(repository().found().identify(id)).isTrue();
    }

    /** Time-ordered, as the service makes them. */
    private static UUID snapshotId(Instant createdAt) {
        return new UUID(createdAt.toEpochMilli() << 16 | 0x7000, 0x8000_0000_0000_0001L);
    }

    Path manifest(Manifest snapshot) {
        return directory.resolve("manifests/%s/%s.json".formatted(snapshot.databaseId(), snapshot.id()));
    }

    Path layer(Manifest snapshot) {
        var layerId = snapshot.layers().getFirst().id();
        return directory.resolve("layers/%s/%s".formatted(snapshot.databaseId(), layerId));
    }

    /** Changes one bit in the middle of the file. */
    static void damage(Path file) throws IOException {
        var bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);
    }

    /** All that lies in it, with sizes and times of change. */
    SortedMap<String, String> content() throws IOException {
        var content = new TreeMap<String, String>();
        try (var paths = Files.walk(directory)) {
            for (var path : paths.toList()) {
                content.put(path.toString(), Files.size(path) + " " + Files.getLastModifiedTime(path));
            }
        }
        return content;
    }

    private static final CaptureFacts CAPTURE = new CaptureFacts(
            "ONLINE",
            "AUTO",
            null,
            JournalMode.WAL,
            0,
            0,
            0,
            "/srv/orders.db",
            "node-1",
            "3.54.1",
            List.of(),
            null,
            null,
            null,
            null);
}
