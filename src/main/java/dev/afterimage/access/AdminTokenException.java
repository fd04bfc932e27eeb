package dev.afterimage.access;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.nio.file.Path;

/** The admin token cannot be revoked over HTTP: whoever did so by mistake would lock everybody out. */
public final class AdminTokenException extends ProblemException {

    AdminTokenException(Path file) {
        super(ProblemCode.ADMIN_TOKEN_IN_FILE, "This is the admin token, whose text stands in %s".formatted(file));
    }
}
