package dev.afterimage.sqlite.replace;

import static dev.afterimage.sqlite.Connections.execute;

import dev.afterimage.sqlite.Connections;
import dev.afterimage.sqlite.StagingProblem;
import dev.afterimage.sqlite.live.Refusal;
import java.io.IOException;
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

    /** Tries it once, before anything is copied that it would have to stop. */
    static Brake on(Path copied) {
        try {
            var brake = new Brake(Connections.readWrite(copied.toRealPath()));
            brake.tryOut(copied);
            return brake;
        } catch (SQLException e) {
            throw StagingProblem.unusable(copied, Refusal.words(e), e);
        } catch (IOException e) {
            throw StagingProblem.unusable(copied, String.valueOf(e.getMessage()), e);
        }
    }

    private Brake(SQLiteConnection connection) {
        this.connection = connection;
    }

    private void tryOut(Path copied) throws SQLException {
        try {
            pull();
            execute(connection, "ROLLBACK");
        } catch (SQLException e) {
            try (connection) {
                throw StagingProblem.unusable(copied, Refusal.words(e), e);
            }
        }
    }

    void pull() throws SQLException {
        execute(connection, "BEGIN EXCLUSIVE");
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }
}
