package dev.afterimage.catalog;

import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.nio.file.Path;

/** The disk of the home is full: only what frees space is done. */
public final class HomeFullException extends ProblemException {

    public HomeFullException(Path home) {
        super(Problem.of(
                ProblemCode.STORAGE_FULL,
                "The disk of %s is full: only what frees space is done until there is room".formatted(home),
                CatalogFailure.FULL_HINT));
    }
}
