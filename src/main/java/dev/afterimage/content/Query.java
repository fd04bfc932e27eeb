package dev.afterimage.content;

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

    /** Each value is held to its share of the memory outside of the heap, which all of a row together would be too much of within. */
    private static final long LONGEST_ROW = 8 << 20;

    private static final Duration TIME = Duration.ofSeconds(30);

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
        return run(file, rows, TIME, GuardedConnection.TEMPORARY_SPACE);
    }

    boolean run(Path file, QueryRows rows, Duration longest, long mostTemporary) throws IOException {
        if (sql.length() > LONGEST_SQL) {
            throw QueryProblem.refused("it has more than %,d characters".formatted(LONGEST_SQL));
        }
        var query = SqlText.query(sql);
        try (var connection = GuardedConnection.open(file, longest, mostTemporary)) {
            return connection.ask(query, statement -> answer(statement, rows));
        }
    }

    private boolean answer(PreparedStatement statement, QueryRows rows) throws SQLException, IOException {
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
        long bytes = 0;
        for (int column = 1; column <= columns; column++) {
            @Nullable
            Object value = switch (type(statement, column)) {
                case Codes.SQLITE_INTEGER -> row.getLong(column);
                case Codes.SQLITE_FLOAT -> row.getDouble(column);
                case Codes.SQLITE_TEXT -> Objects.requireNonNullElse(row.getString(column), "");
                case Codes.SQLITE_BLOB -> Objects.requireNonNullElse(row.getBytes(column), new byte[0]);
                default -> null;
            };
            bytes += value instanceof String text ? text.length() : value instanceof byte[] blob ? blob.length : 0;
            if (bytes > LONGEST_ROW) {
                throw QueryProblem.tooLarge(
                        "a row of its answer is larger than %d MB".formatted(LONGEST_ROW >> 20), null);
            }
            values.add(value);
        }
        return values;
    }

    private static @Nullable String declaredType(CoreStatement statement, int column) throws SQLException {
        return statement.pointer.safeRun((database, pointer) -> database.column_decltype(pointer, column - 1));
    }

    private static int type(CoreStatement statement, int column) throws SQLException {
        return statement.pointer.safeRunInt((database, pointer) -> database.column_type(pointer, column - 1));
    }
}
