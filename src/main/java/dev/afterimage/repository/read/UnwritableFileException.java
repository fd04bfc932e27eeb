package dev.afterimage.repository.read;

import dev.afterimage.bytes.NoSpace;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** A file could not be written: of a snapshot, or one of which a snapshot was to be made. The repository is as it was. */
public final class UnwritableFileException extends ProblemException {

    private final IOException refusal;

    public UnwritableFileException(Path path, IOException cause) {
        super(
                Problem.of(
                        NoSpace.isReasonFor(cause) ? ProblemCode.STORAGE_FULL : ProblemCode.TARGET_UNWRITABLE,
                        "%s cannot be written: %s".formatted(path, cause),
                        Map.of("path", path.toString())),
                cause);
        this.refusal = cause;
    }

    /** What the operating system said. */
    public IOException refusal() {
        return refusal;
    }
}
