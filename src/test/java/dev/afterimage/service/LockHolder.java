package dev.afterimage.service;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.sql.SQLException;

/** A process that holds a database's EXCLUSIVE lock from when it prints {@code holding} until its standard input ends. */
final class LockHolder {

    static void main(String[] arguments) throws SQLException, IOException {
        try (var connection = Users.open(Path.of(arguments[0]), 0);
                var statement = connection.createStatement()) {
            statement.execute("BEGIN EXCLUSIVE");
            System.out.println("holding");
            System.in.transferTo(OutputStream.nullOutputStream());
            statement.execute("COMMIT");
        }
    }

    private LockHolder() {}
}
