package dev.afterimage.sqlite.replace;

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

/** A live database could not get new content. It is as it was, unless the variant says otherwise. */
public abstract sealed class LiveTargetException extends ProblemException {

    private static final String USE_REPLACE_FILE =
            "Stop the application and use REPLACE_FILE, or restore to a NEW_FILE.";

    private final Path path;

    private LiveTargetException(ProblemCode code, Path path, String what, @Nullable Throwable cause) {
        super(code, path + " " + what, cause);
        this.path = path;
    }

    /** For the same reason as whoever only reads it. */
    private LiveTargetException(ProblemCode code, SourceException e) {
        super(code, String.valueOf(e.getMessage()), e);
        this.path = e.path();
    }

    /** What users are told when SQLite refuses the target. */
    static LiveTargetException of(Path path, SQLException e) {
        int code = Refusal.primaryCode(e);
        var words = Refusal.words(e);
        if (Refusal.isBusy(code)) {
            return new InUse(path, Holders.others(path), e);
        }
        if (code == Refusal.FULL) {
            return new Full(path, words, e);
        }
        if (Refusal.isInterrupted(e)) {
            return new NotADatabase(path, QueryTime.TOO_LONG, e);
        }
        return Refusal.isDamage(e) ? new NotADatabase(path, words, e) : new Unwritable(path, words, e);
    }

    /** What users are told when there is no connection to be had, for a reason that is not SQLite's. */
    static LiveTargetException of(SourceException e) {
        return switch (e) {
            case SourceException.Locked _, SourceException.BeingReplaced _ ->
                new InUse(e.path(), Holders.of(e.path()), e);
            case SourceException.LockedOtherwise locked -> new InUse(locked);
            case SourceException.Incomplete _ -> new NotADatabase(e.path(), String.valueOf(e.getMessage()), e);
            case SourceException.HotJournal hot -> new Unwritable(hot);
            case SourceException.Ambiguous ambiguous -> new Unwritable(ambiguous);
            case SourceException.Replaced _ -> new Replaced(e.path(), e);
            case SourceException.Elsewhere elsewhere -> new Elsewhere(elsewhere);
            default -> new Unwritable(e.path(), String.valueOf(e.getMessage()), e);
        };
    }

    /** The database file. */
    public final Path path() {
        return path;
    }

    @Override
    protected Map<String, Object> properties() {
        return Map.of("path", path.toString());
    }

    /** Others have it open, or kept it locked for longer than the patience. */
    public static final class InUse extends LiveTargetException {

        private final transient List<Holder> holders;
        private final String hint;

        InUse(Path path, List<Holder> holders, @Nullable Throwable cause) {
            super(ProblemCode.TARGET_IN_USE, path, "is in use by " + Holder.allNamed(holders), cause);
            this.holders = List.copyOf(holders);
            this.hint = ProblemCode.TARGET_IN_USE.hint();
        }

        /** By a process that does not lock as SQLite usually does. */
        InUse(SourceException.LockedOtherwise locked) {
            super(ProblemCode.TARGET_IN_USE, locked);
            this.holders = locked.holders();
            this.hint = locked.problem().hint();
        }

        public List<Holder> holders() {
            return holders;
        }

        @Override
        protected String hint() {
            return hint;
        }

        @Override
        protected Map<String, Object> properties() {
            return Map.of("path", path().toString(), "holders", Holder.asJson(holders));
        }
    }

    /** Its application has other files than those that would be replaced. */
    public static final class Elsewhere extends LiveTargetException {

        private final transient SourceException.Elsewhere source;

        Elsewhere(SourceException.Elsewhere source) {
            super(ProblemCode.APPLICATION_ELSEWHERE, source.path(), SourceException.Elsewhere.WHAT, source);
            this.source = source;
        }

        @Override
        protected Map<String, Object> properties() {
            return source.problem().properties();
        }
    }

    /** Another file was put in its place, or it was deleted, before anything was written. */
    public static final class Replaced extends LiveTargetException {

        Replaced(Path path, @Nullable Throwable cause) {
            super(ProblemCode.TARGET_IN_USE, path, "was replaced or deleted when it was to be opened", cause);
        }

        @Override
        protected String hint() {
            return "Somebody else is putting files there: try again when they have finished.";
        }
    }

    /** It is in WAL mode and has pages of another size. */
    public static final class PageSize extends LiveTargetException {

        PageSize(Path path, int pageSize, int newPageSize) {
            super(
                    ProblemCode.TARGET_PAGE_SIZE,
                    path,
                    "is in WAL mode and has pages of %d bytes, but the new content has pages of %d bytes"
                            .formatted(pageSize, newPageSize),
                    null);
        }
    }

    /** Its applications' connections could not read texts of another encoding: they would have to be opened anew. */
    public static final class Encoding extends LiveTargetException {

        Encoding(Path path, String encoding, String newEncoding) {
            super(
                    ProblemCode.TARGET_NOT_REPLACEABLE,
                    path,
                    "has texts in %s, but the new content has them in %s".formatted(encoding, newEncoding),
                    null);
        }

        @Override
        protected String hint() {
            return "Connections that are open cannot change their text encoding. " + USE_REPLACE_FILE;
        }
    }

    /** An extension keeps something at the end of each page, which pages that are written without it would not have. */
    public static final class ReservedBytes extends LiveTargetException {

        ReservedBytes(Path path, int bytes, int newBytes) {
            super(
                    ProblemCode.TARGET_NOT_REPLACEABLE,
                    path,
                    ("has pages with %d reserved bytes, the new content with %d: an extension keeps something there,"
                                    + " such as a checksum, that SQLite alone cannot write")
                            .formatted(bytes, newBytes),
                    null);
        }

        @Override
        protected String hint() {
            return "Files keep each byte. " + USE_REPLACE_FILE;
        }
    }

    /** There is no file, or one that SQLite does not take for a database. */
    public static final class NotADatabase extends LiveTargetException {

        NotADatabase(Path path, String why, @Nullable Throwable cause) {
            super(ProblemCode.TARGET_NOT_REPLACEABLE, path, "cannot be replaced while it is open: " + why, cause);
        }

        @Override
        protected String hint() {
            return "Where there is a file that is damaged or no database, stop the application and use REPLACE_FILE."
                    + " Where there is none, restore to a NEW_FILE.";
        }
    }

    /** Its file system has not enough room for the WAL or the journal. */
    public static final class Full extends LiveTargetException {

        Full(Path path, String why, @Nullable Throwable cause) {
            super(ProblemCode.STORAGE_FULL, path, "cannot be written: " + why, cause);
        }

        @Override
        protected String hint() {
            return "Free space where the database is: while it is written, its WAL or journal needs as much as it has.";
        }
    }

    /** The operating system refused it. */
    public static final class Unwritable extends LiveTargetException {

        private final String hint;

        Unwritable(Path path, String why, @Nullable Throwable cause) {
            super(ProblemCode.TARGET_UNWRITABLE, path, "cannot be written: " + why, cause);
            this.hint = "Make the file and its directory writable for the user that the service runs as.";
        }

        /** Until what a backup would also refuse is put right. */
        Unwritable(SourceException e) {
            super(ProblemCode.TARGET_UNWRITABLE, e);
            this.hint = e.problem().hint();
        }

        @Override
        protected String hint() {
            return hint;
        }
    }

    /** The new content was committed, or may have been, but reading it back did not prove it. */
    public static final class Unproven extends LiveTargetException {

        Unproven(Path path, String why, @Nullable Throwable cause) {
            super(ProblemCode.TARGET_UNPROVEN, path, "was written, but " + why, cause);
        }
    }
}
