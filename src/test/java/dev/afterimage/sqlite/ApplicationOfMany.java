package dev.afterimage.sqlite;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;

/**
 * An application with many databases, as a process of its own: {@code OtherProcess.start(ApplicationOfMany.class)}. It opens each that it is
 * told, reads it once and goes on having it open, as one does between two requests, until it is told to leave it.
 */
final class ApplicationOfMany implements AutoCloseable {

    private final OtherProcess process = OtherProcess.start(ApplicationOfMany.class);

    synchronized void open(Path database) {
        process.send("open " + database);
        process.awaitLine("opened");
    }

    synchronized void leave(Path database) {
        process.send("leave " + database);
        process.awaitLine("left");
    }

    @Override
    public void close() {
        process.close();
    }

    public static void main(String[] arguments) throws IOException, SQLException {
        var databases = new HashMap<String, Connection>();
        try (var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (var line = input.readLine(); line != null; line = input.readLine()) {
                var words = line.split(" ", 2);
                if (words[0].equals("open")) {
                    databases.put(words[1], opened(Path.of(words[1])));
                    System.out.println("opened");
                } else {
                    leave(databases.remove(words[1]));
                    System.out.println("left");
                }
            }
        }
    }

    private static Connection opened(Path database) throws SQLException {
        var connection = SampleDatabases.open(database);
        Connections.text(connection, "SELECT sum(balance) FROM account");
        return connection;
    }

    private static void leave(Connection connection) {
        try {
            connection.close();
        } catch (SQLException e) {
            System.out.println(e); // of what was made of its files meanwhile
        }
    }
}
