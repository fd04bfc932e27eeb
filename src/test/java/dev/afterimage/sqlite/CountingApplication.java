package dev.afterimage.sqlite;

import static dev.afterimage.sqlite.SampleDatabases.execute;

import dev.afterimage.sqlite.live.Refusal;
import java.nio.file.Path;
import java.sql.SQLException;

/**
 * An application that counts in its database, as a process of its own: it commits the next number as fast as it can until it finds
 * its table gone, and then prints the last number of which it knows that it was committed.
 */
public final class CountingApplication {

    public static Path database(Path file, String journalMode) {
        return SampleDatabases.create(
                file,
                "PRAGMA journal_mode = " + journalMode,
                "CREATE TABLE counter AS SELECT 0 AS number",
                "CREATE TABLE filler AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)"
                        + " SELECT randomblob(1000) AS content FROM n");
    }

    public static void main(String[] arguments) throws SQLException {
        try (var connection = SampleDatabases.open(Path.of(arguments[0]))) {
            execute(connection, "PRAGMA busy_timeout = 60000");
            execute(connection, "PRAGMA synchronous = OFF");
            long committed = 0;
            try (var count = connection.prepareStatement("UPDATE counter SET number = ?")) {
                while (true) {
                    count.setLong(1, committed + 1);
                    count.executeUpdate();
                    committed++;
                    if (committed == 20) {
                        System.out.println("counting");
                    }
                }
            } catch (SQLException e) {
                System.out.println(Refusal.words(e));
                System.out.println(committed);
            }
        }
    }

    private CountingApplication() {}
}
