package dev.afterimage.repository;

import dev.afterimage.repository.format.LayerRef;
import dev.afterimage.repository.format.Manifest;
import dev.afterimage.repository.objects.ManifestListing;
import dev.afterimage.storage.LocalStorage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.stream.Collectors;

/** Repositories whose sweeps wait for nothing, and what they take on disk. */
public final class TestRepositories {

    private TestRepositories() {}

    public static Repository on(LocalStorage storage) {
        return new Repository(storage, Duration.ZERO, Clock.systemUTC());
    }

    /** A snapshot's database file. */
    public static byte[] content(Repository repository, Manifest manifest) throws IOException {
        try (var reader = repository.open(manifest)) {
            var bytes = ByteBuffer.allocate(Math.toIntExact(reader.size()));
            while (reader.read(bytes) > 0) {}
            return bytes.array();
        }
    }

    /** Bytes of all files under a repository that are neither a manifest nor a layer that one names. */
    static long unnamedBytes(Path root, ManifestListing listing) throws IOException {
        var named = listing.readable().stream()
                .flatMap(manifest -> manifest.layers().stream())
                .map(LayerRef::id)
                .collect(Collectors.toSet());
        try (var files = Files.walk(root)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> !file.startsWith(root.resolve("manifests")))
                    .filter(file -> !named.contains(file.getFileName().toString()))
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        }
    }

    /** Bytes of all files under a directory. */
    public static long bytes(Path root) throws IOException {
        try (var files = Files.walk(root)) {
            return files.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        }
    }
}
