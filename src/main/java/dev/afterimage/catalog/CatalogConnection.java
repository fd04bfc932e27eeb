package dev.afterimage.catalog;

import java.nio.file.Path;
import java.sql.SQLException;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;
import org.sqlite.jdbc4.JDBC4Connection;

/**
 * A connection on which a transaction that has failed is over. The driver goes by what it was asked for: after a BEGIN that failed, be it because
 * another process held the lock, it takes the transaction for begun, for ever, so that every later one is none. And SQLite
 * <a href="https://www.sqlite.org/lang_transaction.html">ends a transaction by itself</a> when the disk fails, so that a rollback is an error that
 * hides the one that matters.
 *
 * <p>A transaction begins with the write lock by {@code setAutoCommit(false)}. What follows {@link #commit} or {@link #rollback} is a transaction,
 * too, as JDBC demands, which takes the lock when it first writes.
 */
final class CatalogConnection extends JDBC4Connection {

    private static final String DRIVER = "jdbc:sqlite:";

    CatalogConnection(Path file, SQLiteConfig config) throws SQLException {
        super(DRIVER + file.toUri(), file.toUri().toString(), config.toProperties());
    }

    @Override
    public void setAutoCommit(boolean autoCommit) throws SQLException {
        checkOpen();
        if (autoCommit == getAutoCommit()) {
            return;
        }
        if (autoCommit) {
            getConnectionConfig().setAutoCommit(true);
            end();
        } else {
            execute("BEGIN IMMEDIATE");
            getConnectionConfig().setAutoCommit(false);
        }
    }

    @Override
    public void commit() throws SQLException {
        requireTransaction();
        try {
            end();
        } finally {
            execute("BEGIN");
        }
    }

    /** Commits. What cannot be committed is rolled back: nobody tries again. */
    private void end() throws SQLException {
        try {
            execute("COMMIT");
        } catch (SQLException e) {
            undo();
            throw e;
        }
    }

    @Override
    public void rollback() throws SQLException {
        requireTransaction();
        undo();
        execute("BEGIN");
    }

    private void undo() throws SQLException {
        try {
            execute("ROLLBACK");
        } catch (SQLiteException e) {
            if (e.getResultCode()
                    != SQLiteErrorCode.SQLITE_ERROR) { // with which SQLite says that it has done so already
                throw e;
            }
        }
    }

    private void requireTransaction() throws SQLException {
        checkOpen();
        if (getAutoCommit()) {
            throw new SQLException("There is no transaction");
        }
    }

    private void execute(String sql) throws SQLException {
        getDatabase().exec(sql, false);
    }
}
