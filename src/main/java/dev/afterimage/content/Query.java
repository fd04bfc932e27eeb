package dev.afterimage.content;

import dev.afterimage.sqlite.Connections;
import dev.afterimage.sqlite.QueryTime;
import dev.afterimage.sqlite.live.Refusal;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConnection;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteLimits;
import org.sqlite.core.Codes;
import org.sqlite.core.CoreStatement;

/**
 * A question to a database, both of which may be meant to do harm. That it only reads is made sure of thrice: its text begins as a query
 * does, and is one statement; the program that SQLite made of it has no instruction and calls no function but those known to read; and
 * the file is opened as read-only, with {@code query_only}, and with nothing attached.
 *
 * @param sql SELECT, WITH … SELECT or VALUES
 * @param parameters null, Long, Double, String or {@code byte[]}, as many as the statement has
 * @param limit so many rows at most
 */
public record Query(String sql, List<@Nullable Object> parameters, int limit) {

    /** In characters. */
    public static final int LONGEST_SQL = 100_000;

    /** All values that it may hold at once, if each is as long as it may be; shared out, since SQLite limits the length of each. */
    private static final long MEMORY = 64 << 20;

    private static final int LONGEST_VALUE = 8 << 20;

    /** Each byte of one compared with each of another takes a minute. */
    private static final int LONGEST_OF_MANY_PASSES = 1 << 20;

    private static final int DEEPEST_EXPRESSION = 200;
    private static final int MOST_INSTRUCTIONS = 25_000;
    private static final int MOST_COMPOUND = 100;

    private static final int TOOBIG = SQLiteErrorCode.SQLITE_TOOBIG.code;
    private static final int NOMEM = SQLiteErrorCode.SQLITE_NOMEM.code;

    private static final Duration TIME = Duration.ofSeconds(30);
    private static final long TEMPORARY_SPACE = 1L << 30;

    public Query {
        parameters = new ArrayList<>(parameters);
    }

    /**
     * Asks a file that is ours and that nobody writes; nothing appears beside it. It takes 30 seconds at most, or as long as one function
     * needs for one value.
     *
     * @return whether there are more rows than the limit
     * @throws dev.afterimage.problem.ProblemException QUERY_REFUSED when it may do something else than to read, or is wrong
     * @throws dev.afterimage.problem.ProblemException QUERY_TOO_LARGE or QUERY_TOO_SLOW when it needs too much
     * @throws dev.afterimage.problem.ProblemException CONTENT_UNREADABLE when the database is damaged
     * @throws dev.afterimage.problem.ProblemException STORAGE_UNREACHABLE when the file cannot be read
     * @throws IOException of {@code rows}
     */
    public boolean run(Path file, QueryRows rows) throws IOException {
        return run(file, rows, TIME, TEMPORARY_SPACE);
    }

    boolean run(Path file, QueryRows rows, Duration longest, long mostTemporary) throws IOException {
        if (sql.length() > LONGEST_SQL) {
            throw QueryProblem.refused("it has more than %,d characters".formatted(LONGEST_SQL));
        }
        var query = SqlText.query(sql);
        try (var connection = Connections.immutable(file);
                var _ = QueryTime.limit(connection, longest);
                var space = new TemporarySpace(connection, mostTemporary)) {
            try {
                confine(connection);
                confine(connection, CompiledQuery.of(connection, query));
                return answer(connection, query, rows);
            } catch (SQLException e) {
                if (!Refusal.isInterrupted(e)) {
                    throw e;
                }
                throw space.exceeded()
                        ? QueryProblem.tooLarge("it takes too much of the temporary directory", e)
                        : QueryProblem.tooSlow("it takes more than " + longest.toSeconds() + " seconds", e);
            }
        } catch (SQLException e) {
            throw problem(file, e);
        }
    }

    private static void confine(SQLiteConnection connection) throws SQLException {
        Connections.execute(connection, "PRAGMA query_only = ON");
        Connections.execute(connection, "PRAGMA temp_store = FILE");
        connection.setLimit(SQLiteLimits.SQLITE_LIMIT_ATTACHED, 0);
        connection.setLimit(SQLiteLimits.SQLITE_LIMIT_WORKER_THREADS, 0);
        connection.setLimit(SQLiteLimits.SQLITE_LIMIT_EXPR_DEPTH, DEEPEST_EXPRESSION);
        connection.setLimit(SQLiteLimits.SQLITE_LIMIT_COMPOUND_SELECT, MOST_COMPOUND);
        connection.setLimit(SQLiteLimits.SQLITE_LIMIT_VDBE_OP, MOST_INSTRUCTIONS);
    }

    /** The schema was read before this, however long its texts are. */
    private static void confine(SQLiteConnection connection, CompiledQuery query) throws SQLException {
        long share = MEMORY / Math.max(1, query.values());
        int longest = query.manyPasses() ? LONGEST_OF_MANY_PASSES : LONGEST_VALUE;
        connection.setLimit(SQLiteLimits.SQLITE_LIMIT_LENGTH, (int) Math.min(longest, share));
    }

    private boolean answer(SQLiteConnection connection, String query, QueryRows rows) throws SQLException, IOException {
        try (var statement = connection.prepareStatement(query)) {
            bind(statement);
            try (var found = statement.executeQuery()) {
                var columns = columns((CoreStatement) statement, found);
                rows.begin(columns);
                for (int count = 0; found.next(); count++) {
                    if (count == limit) {
                        return true;
                    }
                    rows.add(values((CoreStatement) statement, found, columns.size()));
                }
                return false;
            }
        }
    }

    private void bind(PreparedStatement statement) throws SQLException {
        int expected = statement.getParameterMetaData().getParameterCount();
        if (expected != parameters.size()) {
            throw QueryProblem.refused("it has %d parameters, and %d are given".formatted(expected, parameters.size()));
        }
        for (int i = 0; i < expected; i++) {
            statement.setObject(i + 1, parameters.get(i));
        }
    }

    private static List<QueryRows.Column> columns(CoreStatement statement, ResultSet found) throws SQLException {
        var names = found.getMetaData();
        var columns = new ArrayList<QueryRows.Column>();
        for (int column = 1; column <= names.getColumnCount(); column++) {
            columns.add(new QueryRows.Column(names.getColumnName(column), declaredType(statement, column)));
        }
        return columns;
    }

    private static List<@Nullable Object> values(CoreStatement statement, ResultSet row, int columns)
            throws SQLException {
        var values = new ArrayList<@Nullable Object>(columns);
        for (int column = 1; column <= columns; column++) {
            values.add(
                    switch (type(statement, column)) {
                        case Codes.SQLITE_INTEGER -> row.getLong(column);
                        case Codes.SQLITE_FLOAT -> row.getDouble(column);
                        case Codes.SQLITE_TEXT -> Objects.requireNonNullElse(row.getString(column), "");
                        case Codes.SQLITE_BLOB -> Objects.requireNonNullElse(row.getBytes(column), new byte[0]);
                        default -> null;
                    });
        }
        return values;
    }

    private static @Nullable String declaredType(CoreStatement statement, int column) throws SQLException {
        return statement.pointer.safeRun((database, pointer) -> database.column_decltype(pointer, column - 1));
    }

    private static int type(CoreStatement statement, int column) throws SQLException {
        return statement.pointer.safeRunInt((database, pointer) -> database.column_type(pointer, column - 1));
    }

    private static RuntimeException problem(Path file, SQLException e) {
        int code = Refusal.primaryCode(e);
        if (code == TOOBIG || code == NOMEM || code == Refusal.FULL) {
            return QueryProblem.tooLarge(Refusal.words(e), e);
        }
        return Refusal.isDamage(e) || code == Refusal.IOERR || code == Refusal.CANTOPEN
                ? Refusal.ofOurs(file, e)
                : QueryProblem.failed(Refusal.words(e), e);
    }
}
