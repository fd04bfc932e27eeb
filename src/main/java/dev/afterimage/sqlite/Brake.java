package dev.afterimage.sqlite;

import static dev.afterimage.sqlite.Connections.execute;

import java.nio.file.Path;
import java.sql.SQLException;
import org.sqlite.SQLiteConnection;

/**
 * Stops a copy by the Online Backup API between two of its steps, which the driver gives no way to do. Each step locks the
 * file that it reads; once that file is locked by this second connection the next step is refused, and SQLite rolls the
 * other side back. Nothing is written to the file.
 */
final class Brake implements AutoCloseable {

    private final SQLiteConnection connection;

    static Brake on(Path copied) {
        try {
            return new Brake(Connections.readWrite(copied));
        } catch (SQLException e) {
            throw new StagingException.Unusable(copied, Refusal.words(e), e);
        }
    }

    private Brake(SQLiteConnection connection) {
        this.connection = connection;
    }

    void pull() throws SQLException {
        execute(connection, "BEGIN EXCLUSIVE");
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }
}
