package dev.afterimage.repository.read;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.storage.StorageException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** A file could not be written: of a snapshot, or one of which a snapshot was to be made. The repository is as it was. */
public final class UnwritableFileException extends ProblemException {

    private final Path path;
    private final IOException refusal;

    public UnwritableFileException(Path path, IOException cause) {
        super(
                StorageException.saysFull(cause) ? ProblemCode.STORAGE_FULL : ProblemCode.TARGET_UNWRITABLE,
                "%s cannot be written: %s".formatted(path, cause),
                cause);
        this.path = path;
        this.refusal = cause;
    }

    /** What the operating system said. */
    public IOException refusal() {
        return refusal;
    }

    @Override
    protected Map<String, Object> properties() {
        return Map.of("path", path.toString());
    }
}
