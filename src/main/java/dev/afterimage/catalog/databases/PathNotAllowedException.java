package dev.afterimage.catalog.databases;

import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A path that this service must not read or write. */
public final class PathNotAllowedException extends ProblemException {

    private PathNotAllowedException(String path, String why, String hint, Map<String, Object> properties) {
        super(Problem.of(
                ProblemCode.PATH_NOT_ALLOWED, "The path %s is not allowed: %s".formatted(path, why), hint, properties));
    }

    PathNotAllowedException(String path, String why, String hint) {
        this(path, why, hint, Map.of("path", path));
    }

    static PathNotAllowedException outside(String path, List<Path> roots) {
        return new PathNotAllowedException(
                path,
                "after all symbolic links are resolved it is outside of afterimage.databases.roots",
                "Give a path under one of `roots`, in a container the one inside of it; or add its directory to afterimage.databases.roots"
                        + " (AFTERIMAGE_DATABASES_ROOTS, separated by commas), and start the service anew.",
                roots.isEmpty()
                        ? Map.of("path", path)
                        : Map.of(
                                "path",
                                path,
                                "roots",
                                roots.stream().map(Path::toString).toList()));
    }
}
