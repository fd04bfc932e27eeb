package dev.afterimage.backup;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.sqlite.format.Encryption;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Why a file cannot be received, or no snapshot can be made of it. Nothing was published. */
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

    /** It looks like a database that is encrypted. */
    public static final class Encrypted extends ImportFileException {
        Encrypted() {
            super(ProblemCode.NOT_A_DATABASE, "The file is no SQLite database: " + Encryption.SIGNS, null);
        }

        @Override
        protected String hint() {
            return Encryption.WAY_OUT;
        }
    }

    /** It cannot be read. */
    public static final class Unreadable extends ImportFileException {
        Unreadable(Path path, Throwable cause) {
            super(ProblemCode.SOURCE_UNREADABLE, "%s cannot be read: %s".formatted(path, cause), cause);
        }
    }

    /** It is larger than files may be. */
    public static final class TooLarge extends ImportFileException {
        TooLarge(long maxBytes) {
            super(ProblemCode.REQUEST_TOO_LARGE, "The file has more than %d bytes".formatted(maxBytes), null);
        }

        @Override
        protected String hint() {
            return "Raise afterimage.imports.max-size, or send a smaller file.";
        }
    }

    /** Its sender broke off. */
    public static final class BrokenOff extends ImportFileException {
        BrokenOff(long bytes, IOException cause) {
            super(ProblemCode.INVALID_REQUEST, "The body broke off after %d bytes".formatted(bytes), cause);
        }

        @Override
        protected String hint() {
            return "Nothing of it was kept: send the file again, from its first byte.";
        }
    }

    /** There is no room for it. */
    public static final class Full extends ImportFileException {
        Full(Path directory, long bytes, long usable) {
            super(
                    ProblemCode.STORAGE_FULL,
                    "There are %d bytes to be written, %s has %d free, and some of them are for the catalog"
                            .formatted(bytes, directory, usable),
                    null);
        }

        @Override
        protected String hint() {
            return "Free space in afterimage.home, which needs as much as the file has, and as much again to store it.";
        }
    }
}
