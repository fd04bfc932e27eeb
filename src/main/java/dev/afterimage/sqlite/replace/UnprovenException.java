package dev.afterimage.sqlite.replace;

import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A live database has got its new content, or may have, but reading it back did not prove it. */
public final class UnprovenException extends ProblemException {

    UnprovenException(Path path, String why, @Nullable Throwable cause) {
        super(
                Problem.of(
                        ProblemCode.TARGET_UNPROVEN,
                        path + " was written, but " + why,
                        Map.of("path", path.toString())),
                cause);
    }
}
