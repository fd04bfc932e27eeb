package dev.afterimage.repository.write;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** The file that was to be saved is not a whole database file, or cannot be read. Nothing was published. */
public final class UnusableFileException extends ProblemException {

    private final Path path;

    UnusableFileException(Path path, String why) {
        super(ProblemCode.NOT_A_DATABASE, "%s is not an SQLite database: %s".formatted(path, why));
        this.path = path;
    }

    UnusableFileException(Path path, IOException cause) {
        super(ProblemCode.SOURCE_UNREADABLE, "%s cannot be read: %s".formatted(path, cause), cause);
        this.path = path;
    }

    @Override
    protected Map<String, Object> properties() {
        return Map.of("path", path.toString());
    }
}
