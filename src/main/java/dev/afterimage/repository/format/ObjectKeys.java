package dev.afterimage.repository.format;

import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/** How the repository names its objects; see {@code docs/repository-format.md}, "Objects". */
public final class ObjectKeys {

    public static final String CATALOG = "catalog/";
    public static final String COMPACTIONS = "compactions/";
    public static final String LAYERS = "layers/";
    public static final String LOG = "log/";
    public static final String MANIFESTS = "manifests/";

    private static final String JSON_SUFFIX = ".json";
    private static final Pattern COMMITS = Pattern.compile("([0-7][0-9a-f]{15})-([0-7][0-9a-f]{15})");

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

    /** Numbers of commits are in hexadecimal, so keys are in their order. */
    public static String segment(UUID databaseId, SegmentName name) {
        return "%s%s/%016x-%016x".formatted(segments(databaseId), name.chain(), name.firstCommit(), name.lastCommit());
    }

    /** The segment that has that key, if one of that database can have it. */
    public static Optional<SegmentName> segment(UUID databaseId, String key) {
        var parts = key.split("/", -1);
        if (!key.startsWith(segments(databaseId)) || parts.length != 4) {
            return Optional.empty();
        }
        var commits = COMMITS.matcher(parts[3]);
        if (!commits.matches()) {
            return Optional.empty();
        }
        long first = Long.parseLong(commits.group(1), 16);
        long last = Long.parseLong(commits.group(2), 16);
        return uuid(parts[2]).filter(_ -> first > 0 && last >= first).map(chain -> new SegmentName(chain, first, last));
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
