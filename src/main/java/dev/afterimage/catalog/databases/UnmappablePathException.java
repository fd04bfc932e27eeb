package dev.afterimage.catalog.databases;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;

/** A path that no file can have in the locale in which the service was started, although one can have it in another. */
public final class UnmappablePathException extends ProblemException {

    UnmappablePathException(String path, Throwable cause) {
        super(
                ProblemCode.SOURCE_UNREADABLE,
                "%s has characters that names of files cannot have here: the service takes them for %s"
                        .formatted(path, System.getProperty("sun.jnu.encoding")),
                cause);
    }

    @Override
    protected String hint() {
        return "Start the service in a UTF-8 locale: set LC_ALL=C.UTF-8 in its environment.";
    }
}
