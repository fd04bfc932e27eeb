package dev.afterimage.sqlite;

import static dev.afterimage.sqlite.TortureTransaction.ACCOUNTS;
import static dev.afterimage.sqlite.TortureTransaction.LOG_LENGTH;
import static dev.afterimage.sqlite.TortureTransaction.ROWS;
import static dev.afterimage.sqlite.TortureTransaction.WRITERS;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Arrays;

/** What must be in the database when each writer has committed so many transactions. Goes only forward. */
public final class TortureState {

    private final long[] sequences = new long[WRITERS + 1];
    private final long[] balances = new long[ACCOUNTS + 1];
    private final long[][] rows = new long[WRITERS + 1][ROWS + 1];

    public TortureState() {
        Arrays.fill(balances, 1, ACCOUNTS + 1, 1000);
    }

    public long sequence(int writer) {
        return sequences[writer];
    }

    /** Compares a snapshot as a whole with what is in it by the sequence numbers that it has. */
    public void requireIn(Path snapshot) throws SQLException {
        try (var connection = Connections.immutable(snapshot)) {
            for (int writer = 1; writer <= WRITERS; writer++) {
                goTo(writer, number(connection, "SELECT sequence FROM writer WHERE id = ", writer));
            }
            assertThat(numbers(connection, "SELECT balance FROM account ORDER BY id", ACCOUNTS))
                    .as("balances of %s", Arrays.toString(sequences))
                    .isEqualTo(balances);
            for (int writer = 1; writer <= WRITERS; writer++) {
                var own = "SELECT sequence FROM own WHERE writer = " + writer + " ORDER BY id";
                assertThat(numbers(connection, own, ROWS))
                        .as("rows of writer %d", writer)
                        .isEqualTo(rows[writer]);
                assertThat(number(connection, "SELECT count(*) FROM log WHERE writer = ", writer))
                        .isEqualTo(Math.min(LOG_LENGTH, sequences[writer]));
            }
            assertThat(Connections.text(connection, "PRAGMA integrity_check")).isEqualTo("ok");
        }
    }

    private void goTo(int writer, long sequence) {
        assertThat(sequence).as("a commit that was there is there").isGreaterThanOrEqualTo(sequences[writer]);
        while (sequences[writer] < sequence) {
            var next = TortureTransaction.of(writer, ++sequences[writer]);
            next.moves().forEach(move -> {
                balances[move.from()] -= move.amount();
                balances[move.to()] += move.amount();
            });
            next.rows().forEach(row -> rows[writer][row] = next.sequence());
        }
    }

    private static long number(Connection connection, String query, int writer) throws SQLException {
        return Connections.number(connection, query + writer);
    }

    private static long[] numbers(Connection connection, String query, int count) throws SQLException {
        var numbers = new long[count + 1];
        try (var statement = connection.createStatement();
                var result = statement.executeQuery(query)) {
            for (int i = 1; result.next(); i++) {
                numbers[i] = result.getLong(1);
            }
        }
        return numbers;
    }
}
