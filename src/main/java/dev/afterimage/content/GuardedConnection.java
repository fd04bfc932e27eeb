package dev.afterimage.content;

import dev.afterimage.problem.ProblemException;
import dev.afterimage.sqlite.Connections;
import dev.afterimage.sqlite.QueryTime;
import dev.afterimage.sqlite.live.Refusal;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import org.sqlite.SQLiteConnection;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteLimits;

/** Runs one statement of somebody who may mean harm on a file that is ours, within bounds of time, memory and temporary files. */
final class GuardedConnection implements AutoCloseable {

    /** Of all that run at once, in bytes. */
    static final long TEMPORARY_SPACE = 1L << 30;

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

    private final Path file;
    private final Duration longest;
    private final SQLiteConnection connection;
    private final QueryTime time;
    private final TemporarySpace space;

    /** What is done with the statement. */
    interface Use<T> {
        T of(PreparedStatement statement) throws SQLException, IOException;
    }

    /** @throws ProblemException CONTENT_UNREADABLE or STORAGE_UNREACHABLE when the file cannot be opened */
    static GuardedConnection open(Path file, Duration longest, long mostTemporary) {
        try {
            return new GuardedConnection(file, longest, mostTemporary);
        } catch (SQLException e) {
            throw Refusal.ofOurs(file, e);
        }
    }

    private GuardedConnection(Path file, Duration longest, long mostTemporary) throws SQLException {
        this.file = file;
        this.longest = longest;
        this.connection = Connections.immutable(file);
        this.time = QueryTime.limit(connection, longest);
        this.space = new TemporarySpace(connection, mostTemporary);
    }

    /** Something came of it: its time begins anew. */
    void goOn() {
        time.restart();
    }

    /**
     * @param query one statement that begins as a query does
     * @throws ProblemException QUERY_REFUSED when it may do something else than to read, or is wrong
     * @throws ProblemException QUERY_TOO_LARGE or QUERY_TOO_SLOW when it needs too much
     * @throws ProblemException CONTENT_UNREADABLE when the database is damaged
     * @throws ProblemException STORAGE_UNREACHABLE when the file cannot be read
     * @throws IOException of {@code use}
     */
    <T> T ask(String query, Use<T> use) throws IOException {
        try {
            confine();
            confine(CompiledQuery.of(connection, query));
            try (var statement = connection.prepareStatement(query)) {
                return use.of(statement);
            }
        } catch (SQLException e) {
            throw problem(e);
        }
    }

    private void confine() throws SQLException {
        Connections.execute(connection, "PRAGMA query_only = ON");
        Connections.execute(connection, "PRAGMA temp_store = FILE");
        connection.setLimit(SQLiteLimits.SQLITE_LIMIT_ATTACHED, 0);
        connection.setLimit(SQLiteLimits.SQLITE_LIMIT_WORKER_THREADS, 0);
        connection.setLimit(SQLiteLimits.SQLITE_LIMIT_EXPR_DEPTH, DEEPEST_EXPRESSION);
        connection.setLimit(SQLiteLimits.SQLITE_LIMIT_COMPOUND_SELECT, MOST_COMPOUND);
        connection.setLimit(SQLiteLimits.SQLITE_LIMIT_VDBE_OP, MOST_INSTRUCTIONS);
    }

    /** The schema was read before this, however long its texts are. */
    private void confine(CompiledQuery query) throws SQLException {
        long share = MEMORY / Math.max(1, query.values());
        int longest = query.manyPasses() ? LONGEST_OF_MANY_PASSES : LONGEST_VALUE;
        connection.setLimit(SQLiteLimits.SQLITE_LIMIT_LENGTH, (int) Math.min(longest, share));
    }

    private ProblemException problem(SQLException e) {
        int code = Refusal.primaryCode(e);
        if (Refusal.isInterrupted(e)) {
            return space.exceeded()
                    ? QueryProblem.tooLarge("it takes too much of the temporary directory", e)
                    : QueryProblem.tooSlow("it takes more than " + longest.toSeconds() + " seconds", e);
        }
        if (code == TOOBIG || code == NOMEM || code == Refusal.FULL) {
            return QueryProblem.tooLarge(Refusal.words(e), e);
        }
        return Refusal.isDamage(e) || code == Refusal.IOERR || code == Refusal.CANTOPEN
                ? Refusal.ofOurs(file, e)
                : QueryProblem.failed(Refusal.words(e), e);
    }

    @Override
    public void close() {
        try (connection;
                time;
                space) {
            // in the order of their making backwards: nothing may interrupt a connection that is closed
        } catch (SQLException e) {
            throw Refusal.ofOurs(file, e);
        }
    }
}
