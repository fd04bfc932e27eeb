package dev.afterimage.catalog;

import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * What SQLite's answer about the catalog means to users: the one place that knows. Inside, a statement that fails is an exception of the
 * framework, so that nobody takes it for a refusal, and tries it again.
 */
public final class CatalogFailure {

    static final String FULL_HINT =
            "Make room on the disk of afterimage.home; or delete snapshots (DELETE /api/v1/snapshots/{id}) or prune, for which there is a reserve.";

    private static final String AWAY_HINT =
            "See that the disk of afterimage.home is there, healthy and writable, and that no quota is in the way.";

    private static final String UNREADABLE_HINT =
            "See that the disk of afterimage.home is healthy. If it is, and this stays, the catalog is damaged: docs/disaster.md, \"The catalog is damaged\", says what to do.";

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
                || code == SQLiteErrorCode.SQLITE_IOERR_SHMSIZE) { // that a -shm cannot grow
            return Optional.of(Problem.of(
                    ProblemCode.STORAGE_FULL,
                    "The disk of afterimage.home is full, nothing can be noted there: %s".formatted(code),
                    FULL_HINT));
        }
        boolean away = primary == SQLiteErrorCode.SQLITE_IOERR.code
                || primary == SQLiteErrorCode.SQLITE_CANTOPEN.code
                || primary == SQLiteErrorCode.SQLITE_READONLY.code;
        // What SQLite also says when the disk does not give it a page.
        boolean unreadable =
                primary == SQLiteErrorCode.SQLITE_CORRUPT.code || primary == SQLiteErrorCode.SQLITE_NOTADB.code;
        return away || unreadable
                ? Optional.of(unreachable(code, unreadable ? UNREADABLE_HINT : AWAY_HINT))
                : Optional.empty();
    }

    private static Problem unreachable(SQLiteErrorCode code, String hint) {
        return Problem.of(
                ProblemCode.STORAGE_UNREACHABLE,
                "The catalog in afterimage.home cannot be read or written: %s".formatted(code),
                hint);
    }
}
