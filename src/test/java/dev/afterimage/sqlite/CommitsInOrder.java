package dev.afterimage.sqlite;

import static dev.afterimage.sqlite.SampleDatabases.execute;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/**
 * An application with two databases, as a process of its own: it commits 1 to the first, then to the second, 2 to the first,
 * and so on as fast as it can, until a line comes in.
 */
public final class CommitsInOrder {

    public static void main(String[] arguments) throws Exception {
        try (var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
                var first = SampleDatabases.open(Path.of(arguments[0]));
                var second = SampleDatabases.open(Path.of(arguments[1]))) {
            for (var connection : List.of(first, second)) {
                execute(connection, "PRAGMA busy_timeout = 60000");
                execute(connection, "PRAGMA synchronous = OFF");
            }
            System.out.println("committing");
            for (long number = 1; !input.ready(); number++) {
                execute(first, "UPDATE number SET number = " + number);
                execute(second, "UPDATE number SET number = " + number);
            }
            System.out.println("stopped");
        }
    }

    private CommitsInOrder() {}
}
