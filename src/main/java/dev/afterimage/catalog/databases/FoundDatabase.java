package dev.afterimage.catalog.databases;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A database file that nobody has registered yet.
 *
 * @param name that it gets, with a number where that is taken
 * @param path symbolic links resolved
 * @param maxAge how old its last good state may be; null for as it is configured
 */
public record FoundDatabase(
        String name,
        Path path,
        Map<String, String> labels,
        @Nullable Duration maxAge) {}
