package dev.afterimage.sqlite.live;

import static dev.afterimage.sqlite.Connections.number;

import dev.afterimage.sqlite.Connections;
import dev.afterimage.sqlite.QueryTime;
import dev.afterimage.sqlite.StagingProblem;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Optional;
import org.sqlite.SQLiteConnection;

/**
 * How much a committed state holds.
 *
 * @param bytesInUse of its pages, without those that are free; 0 for an empty file
 * @param tables without SQLite's own
 */
public record Extent(long bytesInUse, long tables) {

    private static final String TABLES =
            "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";

    /**
     * Of a file that is ours and that nobody writes.
     *
     * @return empty if it is too damaged to tell
     * @throws dev.afterimage.problem.ProblemException STORAGE_UNREACHABLE if it cannot be read
     */
    public static Optional<Extent> ofFile(Path file) {
        try (var connection = Connections.immutable(file)) {
            return Optional.of(of(connection));
        } catch (SQLException e) {
            if (Refusal.isInterrupted(e) || Refusal.isAboutContent(e)) {
                return Optional.empty();
            }
            throw StagingProblem.unusable(file, Refusal.words(e), e);
        }
    }

    static Extent of(SQLiteConnection connection) throws SQLException {
        try (var _ = QueryTime.limit(connection, QueryTime.OF_SCHEMA)) {
            long pages = number(connection, "PRAGMA page_count") - number(connection, "PRAGMA freelist_count");
            return new Extent(pages * number(connection, "PRAGMA page_size"), number(connection, TABLES));
        }
    }
}
