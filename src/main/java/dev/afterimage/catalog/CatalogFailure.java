package dev.afterimage.catalog;

import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * What SQLite's answer about the catalog means to users: the one place that knows. Inside, a statement that fails is an exception of the
 * framework, so that nobody takes it for a refusal, and tries it again.
 */
public final class CatalogFailure {

    private static final int PRIMARY_CODE = 0xff;

    private CatalogFailure() {}

    /** Empty when the failure is not one of the disk under the catalog. */
    public static Optional<Problem> of(Throwable failure) {
        for (@Nullable Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLiteException sqlite) {
                return of(sqlite.getResultCode());
            }
        }
        return Optional.empty();
    }

    private static Optional<Problem> of(SQLiteErrorCode code) {
        int primary = code.code & PRIMARY_CODE;
        if (primary == SQLiteErrorCode.SQLITE_FULL.code
                || code == SQLiteErrorCode.SQLITE_IOERR_WRITE
                || code == SQLiteErrorCode.SQLITE_IOERR_SHMSIZE) { // that a -shm or a journal cannot grow
            return Optional.of(new Problem(
                    ProblemCode.STORAGE_FULL,
                    "The disk of afterimage.home is full, nothing can be noted there: %s".formatted(code),
                    FULL_HINT,
                    true,
                    Map.of()));
        }
        boolean away = primary == SQLiteErrorCode.SQLITE_IOERR.code
                || primary == SQLiteErrorCode.SQLITE_CANTOPEN.code
                || primary == SQLiteErrorCode.SQLITE_READONLY.code;
        return away
                ? Optional.of(new Problem(
                        ProblemCode.STORAGE_UNREACHABLE,
                        "The catalog in afterimage.home cannot be read or written: %s".formatted(code),
                        "See that the disk of afterimage.home is there, healthy and writable.",
                        true,
                        Map.of()))
                : Optional.empty();
    }

    static final String FULL_HINT =
            "Make room on the disk of afterimage.home; or delete snapshots (DELETE /api/v1/snapshots/{id}) or prune, for which there is a reserve.";
}
