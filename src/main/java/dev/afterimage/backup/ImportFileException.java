package dev.afterimage.backup;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Why no snapshot can be made of a file. Nothing was published. */
public abstract sealed class ImportFileException extends ProblemException {

    private ImportFileException(ProblemCode code, String detail, @Nullable Throwable cause) {
        super(code, detail, cause);
    }

    /** It is no whole SQLite database. */
    public static final class Unusable extends ImportFileException {
        Unusable(String why) {
            super(ProblemCode.NOT_A_DATABASE, "The file is no whole SQLite database: " + why, null);
        }

        @Override
        protected String hint() {
            return "Send a whole SQLite 3 database file as the body, byte for byte (curl --data-binary @old.db or -T old.db).";
        }
    }

    /** It cannot be read. */
    public static final class Unreadable extends ImportFileException {
        Unreadable(Path path, Throwable cause) {
            super(ProblemCode.SOURCE_UNREADABLE, "%s cannot be read: %s".formatted(path, cause), cause);
        }
    }
}
