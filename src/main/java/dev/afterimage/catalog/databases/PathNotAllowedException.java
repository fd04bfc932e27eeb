package dev.afterimage.catalog.databases;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A path that this service must not read or write. */
public final class PathNotAllowedException extends ProblemException {

    private final String path;
    private final String hint;
    private final List<String> roots;

    private PathNotAllowedException(String path, String why, String hint, List<Path> roots) {
        super(ProblemCode.PATH_NOT_ALLOWED, "The path %s is not allowed: %s".formatted(path, why));
        this.path = path;
        this.hint = hint;
        this.roots = roots.stream().map(Path::toString).toList();
    }

    PathNotAllowedException(String path, String why, String hint) {
        this(path, why, hint, List.of());
    }

    static PathNotAllowedException outside(String path, List<Path> roots) {
        return new PathNotAllowedException(
                path,
                "after all symbolic links are resolved it is outside of afterimage.databases.roots",
                "Give a path under one of `roots`; or add its directory to afterimage.databases.roots"
                        + " (AFTERIMAGE_DATABASES_ROOTS, separated by commas), and start the service anew.",
                roots);
    }

    @Override
    protected String hint() {
        return hint;
    }

    @Override
    protected Map<String, Object> properties() {
        return roots.isEmpty() ? Map.of("path", path) : Map.of("path", path, "roots", roots);
    }
}
