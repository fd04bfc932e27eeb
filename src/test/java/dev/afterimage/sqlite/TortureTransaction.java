package dev.afterimage.sqlite;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What a writer of the torture test does in its transaction of that number: always the same, so that everybody can tell what
 * is in the database when it is committed. Moves keep the sum of all balances; the rows belong to the writer alone.
 *
 * @param rows numbers of rows that get new contents
 */
public record TortureTransaction(int writer, long sequence, List<Move> moves, List<Integer> rows) {

    public static final int WRITERS = 3;
    static final int ACCOUNTS = 400;
    static final int ROWS = 250;
    static final int LOG_LENGTH = 50;

    record Move(int from, int to, int amount) {}

    static TortureTransaction of(int writer, long sequence) {
        var random = new SplittableRandom(sequence * WRITERS + writer);
        boolean spills = random.nextInt(40) == 0;
        var moves = Stream.generate(() ->
                        new Move(1 + random.nextInt(ACCOUNTS), 1 + random.nextInt(ACCOUNTS), 1 + random.nextInt(50)))
                .limit(spills ? 40 : 1 + random.nextInt(4))
                .toList();
        var rows = spills
                ? IntStream.rangeClosed(1, ROWS).boxed().toList()
                : Stream.generate(() -> 1 + random.nextInt(ROWS))
                        .limit(1 + random.nextInt(3))
                        .toList();
        return new TortureTransaction(writer, sequence, moves, rows);
    }

    public static void createTables(Connection connection) throws SQLException {
        for (var sql : List.of(
                "CREATE TABLE account (id INTEGER PRIMARY KEY, balance INTEGER NOT NULL, note TEXT)",
                "CREATE TABLE own (writer INTEGER, id INTEGER, sequence INTEGER, content BLOB, PRIMARY KEY (writer, id))",
                "CREATE TABLE log (writer INTEGER, sequence INTEGER, content TEXT)",
                "CREATE INDEX log_by_writer ON log(writer, sequence)",
                "CREATE TABLE writer (id INTEGER PRIMARY KEY, sequence INTEGER NOT NULL)",
                numbersUpTo(ACCOUNTS) + "INSERT INTO account SELECT i, 1000, printf('%.100c', 'n') FROM n",
                numbersUpTo(WRITERS) + "INSERT INTO writer SELECT i, 0 FROM n",
                numbersUpTo(WRITERS * ROWS) + "INSERT INTO own SELECT 1 + (i - 1) / " + ROWS + ", 1 + (i - 1) % " + ROWS
                        + ", 0, zeroblob(600) FROM n")) {
            SampleDatabases.execute(connection, sql);
        }
    }

    private static String numbersUpTo(int last) {
        return "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " + last + ") ";
    }

    /** Between BEGIN and COMMIT. */
    void apply(Connection connection) throws SQLException {
        try (var balance = connection.prepareStatement("UPDATE account SET balance = balance + ? WHERE id = ?")) {
            for (var move : moves) {
                update(balance, -move.amount(), move.from());
                update(balance, move.amount(), move.to());
            }
        }
        try (var own = connection.prepareStatement(
                "UPDATE own SET sequence = ?, content = randomblob(500 + ?) WHERE writer = ? AND id = ?")) {
            for (int row : rows) {
                update(own, sequence, sequence % 200, writer, row);
            }
        }
        try (var log = connection.prepareStatement("INSERT INTO log VALUES (?, ?, printf('%.*c', 10 + ?, 'l'))")) {
            update(log, writer, sequence, sequence % 700);
        }
        try (var trim = connection.prepareStatement("DELETE FROM log WHERE writer = ? AND sequence <= ?")) {
            update(trim, writer, sequence - LOG_LENGTH);
        }
        try (var last = connection.prepareStatement("UPDATE writer SET sequence = ? WHERE id = ?")) {
            update(last, sequence, writer);
        }
    }

    private static void update(java.sql.PreparedStatement statement, long... parameters) throws SQLException {
        for (int i = 0; i < parameters.length; i++) {
            statement.setLong(i + 1, parameters[i]);
        }
        statement.executeUpdate();
    }
}
