package dev.afterimage.backup;

import dev.afterimage.sqlite.OtherProcess;
import dev.afterimage.sqlite.SampleDatabases;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.locks.LockSupport;

/**
 * An application with two databases: commits n to the first, then n to the second, then n + 1 to the first, and so on. So at
 * each moment the first is at what the second is at, or one ahead.
 */
public final class TwoDatabasesWriter {

    static OtherProcess start(Path first, Path second) {
        var process = OtherProcess.start(TwoDatabasesWriter.class, first, second);
        process.awaitLine("writing");
        return process;
    }

    static void create(Path file, String journalMode) throws SQLException {
        TestBackups.execute(
                file,
                "PRAGMA journal_mode = " + journalMode,
                "CREATE TABLE n (n INTEGER)",
                "INSERT INTO n VALUES (0)",
                "CREATE TABLE ballast (b BLOB)",
                "INSERT INTO ballast VALUES (zeroblob(3000000))");
    }

    static void main(String[] files) throws SQLException {
        try (var first = open(files[0]);
                var second = open(files[1])) {
            for (long n = 1; true; n++) {
                set(first, n);
                set(second, n);
                if (n == 1) {
                    System.out.println("writing");
                }
                LockSupport.parkNanos(500_000);
            }
        }
    }

    private static Connection open(String file) throws SQLException {
        var connection = SampleDatabases.open(Path.of(file));
        connection.createStatement().execute("PRAGMA busy_timeout = 60000");
        return connection;
    }

    private static void set(Connection connection, long n) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.executeUpdate("UPDATE n SET n = " + n);
        }
    }

    private TwoDatabasesWriter() {}
}
