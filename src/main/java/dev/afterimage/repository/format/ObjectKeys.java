package dev.afterimage.repository.format;

import java.util.Optional;
import java.util.UUID;

/** How the repository names its objects; see {@code docs/repository-format.md}, "Objects". */
public final class ObjectKeys {

    public static final String CATALOG = "catalog/";
    public static final String COMPACTIONS = "compactions/";
    public static final String LAYERS = "layers/";
    public static final String LOG = "log/";
    public static final String MANIFESTS = "manifests/";

    private static final String JSON_SUFFIX = ".json";

    private ObjectKeys() {}

    public static String layers(UUID databaseId) {
        return LAYERS + databaseId + "/";
    }

    public static String layer(UUID databaseId, UUID layerId) {
        return layers(databaseId) + layerId;
    }

    public static String compactions(UUID databaseId) {
        return COMPACTIONS + databaseId + "/";
    }

    /** @param first of the layers that were compacted */
    public static String compaction(UUID databaseId, UUID first) {
        return compactions(databaseId) + first + JSON_SUFFIX;
    }

    public static String manifests(UUID databaseId) {
        return MANIFESTS + databaseId + "/";
    }

    public static String manifest(UUID databaseId, UUID snapshotId) {
        return manifests(databaseId) + snapshotId + JSON_SUFFIX;
    }

    /** The snapshot whose manifest has that key, if a manifest of that database can have it. */
    public static Optional<UUID> snapshotId(UUID databaseId, String key) {
        return named(manifests(databaseId), key);
    }

    /** The first of the layers that were compacted into another, if a compaction of that database can have the key. */
    public static Optional<UUID> compacted(UUID databaseId, String key) {
        return named(compactions(databaseId), key);
    }

    private static Optional<UUID> named(String prefix, String key) {
        if (!key.startsWith(prefix) || !key.endsWith(JSON_SUFFIX)) {
            return Optional.empty();
        }
        return uuid(key.substring(prefix.length(), key.length() - JSON_SUFFIX.length()));
    }

    /** The layer that has that key, if a layer of that database can have it. */
    public static Optional<UUID> layerId(UUID databaseId, String key) {
        String prefix = layers(databaseId);
        return key.startsWith(prefix) ? uuid(key.substring(prefix.length())) : Optional.empty();
    }

    public static String segments(UUID databaseId) {
        return LOG + databaseId + "/";
    }

    /** @param firstCommit in hexadecimal, so that keys are in the order of the numbers */
    public static String segment(UUID databaseId, UUID chain, long firstCommit) {
        return "%s%s/%016x".formatted(segments(databaseId), chain, firstCommit);
    }

    /** The segment that has that key, if one of that database can have it. */
    public static Optional<SegmentName> segment(UUID databaseId, String key) {
        var parts = key.split("/", -1);
        if (!key.startsWith(segments(databaseId)) || parts.length != 4 || !parts[3].matches("[0-7][0-9a-f]{15}")) {
            return Optional.empty();
        }
        return uuid(parts[2]).map(chain -> new SegmentName(chain, Long.parseLong(parts[3], 16)));
    }

    /** The database whose object in that folder has the key, if the key has its place. */
    public static Optional<UUID> databaseId(String folder, String key) {
        int end = key.indexOf('/', folder.length());
        return end < 0 ? Optional.empty() : uuid(key.substring(folder.length(), end));
    }

    /** The id, if the text is one as it is written in keys. */
    public static Optional<UUID> uuid(String text) {
        try {
            return Optional.of(UUID.fromString(text)).filter(id -> id.toString().equals(text));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
