package dev.afterimage.repository.format;

import dev.afterimage.bytes.Sha256;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot as the repository has it; written last, its manifest is the snapshot's commit.
 *
 * @param createdAt the moment whose state it is
 * @param groupId shared by the snapshots of one group backup, which are of one moment; null outside of one
 * @param parent the snapshot that it was built on, which may be gone by now; null for none, where all its pages were stored anew
 * @param pageSize bytes per page, a power of two from 512 to 65536
 * @param pageCount pages of the database, 1 to 2^32 − 2
 * @param layers that hold its pages: of each page the version in the last layer that has one counts. One may be named twice
 * @param treeDigest SHA-256 over the page digests in page order, in hexadecimal
 * @param sha256 of the whole database file, in hexadecimal; null where it is not known
 * @param newBytes written to the storage for this snapshot: layers that were not there before, and the manifest
 * @param storedBytes of all its layers, which other snapshots may share, and the manifest
 * @param labels of the user
 * @param capture how it was captured
 */
public record Manifest(
        UUID id,
        UUID databaseId,
        String databaseName,
        Instant createdAt,
        @Nullable UUID groupId,
        @Nullable UUID parent,
        int pageSize,
        long pageCount,
        List<LayerRef> layers,
        String treeDigest,
        @Nullable String sha256,
        long newBytes,
        long storedBytes,
        Map<String, String> labels,
        CaptureFacts capture) {

    /**
     * What a snapshot has at most when it is published. Each costs whoever reads it a descriptor, up to a MiB for the block
     * that it reads there and some 200 bytes of manifest; fewer are merged more often, and each merge stores again what older
     * snapshots still need as it was.
     */
    public static final int MAX_LAYERS = 64;

    /** The same while a database is locked for it, when there is no time to merge: half of what readers open. */
    public static final int MAX_UNMERGED_LAYERS = 128;

    /** The version of UUIDs that begin with the time when they were made, in milliseconds, 48 bits. */
    private static final int TIME_ORDERED = 7;

    public Manifest {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(databaseId, "databaseId");
        Objects.requireNonNull(databaseName, "databaseName");
        Objects.requireNonNull(createdAt, "createdAt");
        Objects.requireNonNull(capture, "capture");
        LayerHeader.requireSizes(pageSize, pageCount);
        layers = List.copyOf(layers);
        labels = Collections.unmodifiableMap(new TreeMap<>(labels));
        requireSha256(treeDigest, "treeDigest");
        if (sha256 != null) {
            requireSha256(sha256, "sha256");
        }
        // A snapshot without a layer for each page cannot be; whether each page has one, only the layers tell.
        if (layers.stream().mapToLong(LayerRef::pages).sum() < pageCount) {
            throw new IllegalArgumentException("its layers do not hold %d pages".formatted(pageCount));
        }
    }

    /** Size of the database file in bytes. */
    public long sizeBytes() {
        return pageCount * pageSize;
    }

    /** Of the manifest itself. */
    public long ownBytes() {
        return storedBytes - bytes(layers);
    }

    /** The same with so many bytes counted for the manifest itself. */
    public Manifest plusOwn(long bytes) {
        return new Manifest(
                id,
                databaseId,
                databaseName,
                createdAt,
                groupId,
                parent,
                pageSize,
                pageCount,
                layers,
                treeDigest,
                sha256,
                newBytes + bytes,
                storedBytes + bytes,
                labels,
                capture);
    }

    /** The same with other layers that have its pages. */
    public Manifest withLayers(List<LayerRef> others) {
        return new Manifest(
                id,
                databaseId,
                databaseName,
                createdAt,
                groupId,
                parent,
                pageSize,
                pageCount,
                others,
                treeDigest,
                sha256,
                newBytes,
                ownBytes() + bytes(others),
                labels,
                capture);
    }

    private static long bytes(List<LayerRef> layers) {
        return layers.stream().distinct().mapToLong(LayerRef::bytes).sum();
    }

    /** Whether it was taken of what a restore was about to replace: nobody who asks for the latest snapshot means it. Not {@code is…}, which would be a field of the format. */
    public boolean takenForSafety() {
        return labels.containsKey("safety-of");
    }

    static void requireSha256(String value, String name) {
        if (!Sha256.isHex(value)) {
            throw new IllegalArgumentException("%s is not a SHA-256 in hexadecimal: %s".formatted(name, value));
        }
    }

    /**
     * Where it stands among the others of its database. Clocks go back, and then what is newer says that it is older; but ids of Afterimage are
     * made one after the other, and of an old backup that was imported the id says when it was taken, as {@code createdAt} does.
     */
    public long place() {
        long ofId = id.version() == TIME_ORDERED ? id.getMostSignificantBits() >>> Short.SIZE : 0;
        return Math.max(createdAt.toEpochMilli(), ofId);
    }
}
