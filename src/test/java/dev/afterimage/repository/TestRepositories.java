package dev.afterimage.repository;

import dev.afterimage.repository.format.LayerRef;
import dev.afterimage.repository.format.Manifest;
import dev.afterimage.repository.objects.Layers;
import dev.afterimage.repository.objects.ManifestListing;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.storage.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;

/** Repositories without a grace, what is done with them without a catalog, and what they take on disk. */
public final class TestRepositories {

    private TestRepositories() {}

    public static Repository on(Storage storage) {
        return new Repository(new Vault(storage, Clock.systemUTC()), Clock.systemUTC());
    }

    /** Deletes snapshots, and the layers that none of the others needs. */
    public static void delete(Repository repository, UUID databaseId, UUID... snapshotIds) {
        var ids = List.of(snapshotIds);
        var layers = repository.readable(databaseId, ids).stream()
                .flatMap(manifest -> manifest.layers().stream())
                .map(LayerRef::id)
                .toList();
        repository.delete(databaseId, ids);
        repository.settle(databaseId, layers, layers);
    }

    /** Deletes what no manifest names and nobody uses, and returns how many layers these were. */
    public static int sweep(Repository repository) {
        repository.removeLeftovers();
        int deleted = 0;
        for (var databaseId : repository.databasesWithLayers()) {
            var unnamed = repository.unnamedLayers(databaseId).orElse(List.of()).stream()
                    .map(Layers.Stored::id)
                    .toList();
            deleted += repository
                    .settle(databaseId, unnamed, unnamed)
                    .map(settled -> settled.deleted().size())
                    .orElse(0);
        }
        return deleted;
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
                .map(layer -> layer.id().toString())
                .collect(Collectors.toSet());
        try (var files = Files.walk(root)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> !isIdentityOrKey(root, file))
                    .filter(file -> !file.startsWith(root.resolve("manifests"))
                            && !file.startsWith(root.resolve("compactions")))
                    .filter(file -> !named.contains(file.getFileName().toString()))
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        }
    }

    /** Bytes of all files under a repository, its identity and its keys aside. */
    public static long bytes(Path root) throws IOException {
        try (var files = Files.walk(root)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> !isIdentityOrKey(root, file))
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        }
    }

    static boolean isIdentityOrKey(Path root, Path file) {
        return file.equals(root.resolve("repository.json")) || file.startsWith(root.resolve("keys"));
    }
}
