package dev.afterimage.catalog.databases;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A registered SQLite file.
 *
 * @param name unique among the registered, {@code [a-z0-9][a-z0-9._-]{0,62}}
 * @param location its path as text: absolute, symbolic links resolved when it was registered
 * @param givenPath as it was given then, as text: where it leads elsewhere by now, an application may have another file
 * @param node the node that sees the file: the name of this one, or the id of another
 * @param missingSince since when its file is not there, as far as was looked; null when it is
 */
public record Database(
        UUID id,
        String name,
        String location,
        String givenPath,
        Map<String, String> labels,
        String node,
        Instant createdAt,
        @Nullable Instant missingSince) {

    /** @throws UnmappablePathException when no file can have that path in the locale of this process */
    public Path path() {
        try {
            return Path.of(location);
        } catch (InvalidPathException e) {
            throw new UnmappablePathException(location, e);
        }
    }
}
