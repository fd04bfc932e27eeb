package dev.afterimage.repository;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;

/** A snapshot could not be written to a file. The repository is as it was. */
public final class UnwritableFileException extends ProblemException {

    private final Path path;

    UnwritableFileException(Path path, IOException cause) {
        super(
                full(cause) ? ProblemCode.STORAGE_FULL : ProblemCode.TARGET_UNWRITABLE,
                "%s cannot be written: %s".formatted(path, cause),
                cause);
        this.path = path;
    }

    /** Java carries no errno, so a full disk is known by its message. */
    private static boolean full(IOException cause) {
        return String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT).contains("no space left");
    }

    @Override
    protected Map<String, Object> properties() {
        return Map.of("path", path.toString());
    }
}
