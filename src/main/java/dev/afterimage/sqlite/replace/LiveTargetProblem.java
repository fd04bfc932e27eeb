package dev.afterimage.sqlite.replace;

import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.sqlite.QueryTime;
import dev.afterimage.sqlite.live.Holder;
import dev.afterimage.sqlite.live.Holders;
import dev.afterimage.sqlite.live.Refusal;
import dev.afterimage.sqlite.live.SourceException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Why a live database could not get new content. It is as it was. */
final class LiveTargetProblem {

    private static final String USE_REPLACE_FILE =
            "Stop the application and use REPLACE_FILE, or restore to a NEW_FILE.";

    private LiveTargetProblem() {}

    /** What users are told when SQLite refuses the target. */
    static ProblemException of(Path path, SQLException e) {
        int code = Refusal.primaryCode(e);
        var words = Refusal.words(e);
        if (Refusal.isBusy(code)) {
            return inUse(path, Holders.others(path), e);
        }
        if (code == Refusal.FULL) {
            return full(path, words, e);
        }
        if (Refusal.isInterrupted(e)) {
            return notADatabase(path, QueryTime.TOO_LONG, e);
        }
        return Refusal.isDamage(e) ? notADatabase(path, words, e) : unwritable(path, words, e);
    }

    /** What users are told when there is no connection to be had, for a reason that is not SQLite's. */
    static ProblemException of(SourceException e) {
        return switch (e) {
            case SourceException.Locked _, SourceException.BeingReplaced _ -> inUse(e.path(), Holders.of(e.path()), e);
            case SourceException.LockedOtherwise _ -> as(ProblemCode.TARGET_IN_USE, String.valueOf(e.getMessage()), e);
            case SourceException.Incomplete _ -> notADatabase(e.path(), String.valueOf(e.getMessage()), e);
            case SourceException.HotJournal _, SourceException.Ambiguous _ ->
                as(ProblemCode.TARGET_UNWRITABLE, String.valueOf(e.getMessage()), e);
            case SourceException.Replaced _ -> replaced(e.path(), e);
            case SourceException.Elsewhere _ ->
                as(ProblemCode.APPLICATION_ELSEWHERE, e.path() + " " + SourceException.Elsewhere.WHAT, e);
            default -> unwritable(e.path(), String.valueOf(e.getMessage()), e);
        };
    }

    /** With the way out, and the facts, that whoever only reads it is told. */
    private static ProblemException as(ProblemCode code, String detail, SourceException e) {
        var source = e.problem();
        return new ProblemException(Problem.of(code, detail, source.hint(), source.properties()), e);
    }

    /** Others have it open, or kept it locked for longer than the patience. */
    static ProblemException inUse(Path path, List<Holder> holders, @Nullable Throwable cause) {
        var properties = Map.of("path", path.toString(), "holders", Holder.asJson(holders));
        return new ProblemException(
                Problem.of(ProblemCode.TARGET_IN_USE, path + " is in use by " + Holder.allNamed(holders), properties),
                cause);
    }

    /** Another file was put in its place, or it was deleted, before anything was written. */
    private static ProblemException replaced(Path path, @Nullable Throwable cause) {
        return problem(
                ProblemCode.TARGET_IN_USE,
                path,
                "was replaced or deleted when it was to be opened",
                "Somebody else is putting files there: try again when they have finished.",
                cause);
    }

    /** It is in WAL mode and has pages of another size. */
    static ProblemException pageSize(Path path, int pageSize, int newPageSize) {
        return problem(
                ProblemCode.TARGET_PAGE_SIZE,
                path,
                "is in WAL mode and has pages of %d bytes, but the new content has pages of %d bytes"
                        .formatted(pageSize, newPageSize),
                ProblemCode.TARGET_PAGE_SIZE.hint(),
                null);
    }

    /** Its applications' connections could not read texts of another encoding: they would have to be opened anew. */
    static ProblemException encoding(Path path, String encoding, String newEncoding) {
        return problem(
                ProblemCode.TARGET_NOT_REPLACEABLE,
                path,
                "has texts in %s, but the new content has them in %s".formatted(encoding, newEncoding),
                "Connections that are open cannot change their text encoding. " + USE_REPLACE_FILE,
                null);
    }

    /** An extension keeps something at the end of each page, which pages that are written without it would not have. */
    static ProblemException reservedBytes(Path path, int bytes, int newBytes) {
        return problem(
                ProblemCode.TARGET_NOT_REPLACEABLE,
                path,
                ("has pages with %d reserved bytes, the new content with %d: an extension keeps something there,"
                                + " such as a checksum, that SQLite alone cannot write")
                        .formatted(bytes, newBytes),
                "Files keep each byte. " + USE_REPLACE_FILE,
                null);
    }

    /** There is no file, or one that SQLite does not take for a database. */
    static ProblemException notADatabase(Path path, String why, @Nullable Throwable cause) {
        return problem(
                ProblemCode.TARGET_NOT_REPLACEABLE,
                path,
                "cannot be replaced while it is open: " + why,
                "Where there is a file that is damaged or no database, stop the application and use REPLACE_FILE."
                        + " Where there is none, restore to a NEW_FILE.",
                cause);
    }

    /** Its file system has not enough room for the WAL or the journal. */
    static ProblemException full(Path path, String why, @Nullable Throwable cause) {
        return problem(
                ProblemCode.STORAGE_FULL,
                path,
                "cannot be written: " + why,
                "Free space where the database is: while it is written, its WAL or journal needs as much as it has.",
                cause);
    }

    /** The operating system refused it. */
    static ProblemException unwritable(Path path, String why, @Nullable Throwable cause) {
        return problem(
                ProblemCode.TARGET_UNWRITABLE,
                path,
                "cannot be written: " + why,
                "Make the file and its directory writable for the user that the service runs as.",
                cause);
    }

    private static ProblemException problem(
            ProblemCode code, Path path, String what, String hint, @Nullable Throwable cause) {
        return new ProblemException(Problem.of(code, path + " " + what, hint, Map.of("path", path.toString())), cause);
    }
}
