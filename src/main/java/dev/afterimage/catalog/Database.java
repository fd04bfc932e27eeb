package dev.afterimage.catalog;

import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;

/**
 * A registered SQLite file.
 *
 * @param name unique among the registered, {@code [a-z0-9][a-z0-9._-]{0,62}}
 * @param path absolute, symbolic links resolved when it was registered
 * @param node the node that sees the file
 */
public record Database(UUID id, String name, Path path, Map<String, String> labels, String node, Instant createdAt) {}
