package dev.afterimage.sqlite;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import org.jspecify.annotations.Nullable;

/**
 * SQLite cannot read what is in a file that is ours: it was damaged, or manipulated, before it was captured, or needs what
 * only its application has.
 */
public final class UnreadableContentException extends ProblemException {

    public UnreadableContentException(String why, @Nullable Throwable cause) {
        super(ProblemCode.CONTENT_UNREADABLE, "SQLite cannot read the content: " + why, cause);
    }
}
