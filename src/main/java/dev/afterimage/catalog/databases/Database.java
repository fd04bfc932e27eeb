package dev.afterimage.catalog.databases;

import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
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

    /** @throws ProblemException SOURCE_UNREADABLE when no file can have that path in the locale of this process */
    public Path path() {
        try {
            return Path.of(location);
        } catch (InvalidPathException e) {
            throw unmappable(location, e);
        }
    }

    /** No file can have the path in the locale in which the service was started, although one can have it in another. */
    static ProblemException unmappable(String path, InvalidPathException e) {
        return new ProblemException(
                Problem.of(
                        ProblemCode.SOURCE_UNREADABLE,
                        "%s has characters that names of files cannot have here: the service takes them for %s"
                                .formatted(path, System.getProperty("sun.jnu.encoding")),
                        "Start the service in a UTF-8 locale: set LC_ALL=C.UTF-8 in its environment."),
                e);
    }
}
