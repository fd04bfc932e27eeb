package dev.afterimage.sqlite;

import static dev.afterimage.sqlite.SampleDatabases.execute;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * A writer of the torture test, as a process of its own, until a line comes in: transactions one after the other, and between
 * them whatever else applications do. Prints how often it did what.
 */
public final class TortureWriter {

    private static final String[] CHECKPOINTS = {"PASSIVE", "FULL", "RESTART", "TRUNCATE"};

    private final Path database;
    private final int number;
    private final boolean switchesJournalMode;
    private final SplittableRandom random;
    private final CommitJournal journal;
    private Connection connection;
    private long sequence;
    private int commits;
    private int rollbacks;
    private int checkpoints;
    private int reconnects;
    private int vacuums;
    private int switches;

    /** Arguments: database, number of the writer, file of its commit journal, whether it switches the journal mode, seed. */
    public static void main(String[] arguments) throws Exception {
        try (var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
                var journal = CommitJournal.append(Path.of(arguments[2]))) {
            var writer = new TortureWriter(
                    Path.of(arguments[0]),
                    Integer.parseInt(arguments[1]),
                    journal,
                    Boolean.parseBoolean(arguments[3]),
                    new SplittableRandom(Long.parseLong(arguments[4])));
            System.out.println("writing");
            while (!input.ready()) {
                writer.act();
            }
            writer.connection.close();
            System.out.printf(
                    "%d %d %d %d %d %d%n",
                    writer.commits,
                    writer.rollbacks,
                    writer.checkpoints,
                    writer.reconnects,
                    writer.vacuums,
                    writer.switches);
        }
    }

    private TortureWriter(
            Path database, int number, CommitJournal journal, boolean switchesJournalMode, SplittableRandom random)
            throws SQLException {
        this.database = database;
        this.number = number;
        this.journal = journal;
        this.switchesJournalMode = switchesJournalMode;
        this.random = random;
        connection = connect();
        sequence = Connections.number(connection, "SELECT sequence FROM writer WHERE id = " + number);
    }

    private Connection connect() throws SQLException {
        var opened = SampleDatabases.open(database);
        execute(opened, "PRAGMA busy_timeout = 60000");
        execute(opened, "PRAGMA synchronous = OFF");
        execute(opened, "PRAGMA cache_size = 10");
        execute(opened, "PRAGMA wal_autocheckpoint = " + (20 + random.nextInt(3000)));
        return opened;
    }

    private void act() throws SQLException {
        int dice = random.nextInt(1000);
        if (dice < 40) {
            rollBack();
        } else if (dice < 80) {
            checkpoint();
        } else if (dice < 90 || switchesJournalMode && dice < 400) {
            reconnect();
        } else if (dice < 92) {
            vacuum();
        } else if (dice < 110) {
            LockSupport.parkNanos(random.nextInt(60_000_000));
        } else {
            commit();
        }
    }

    private void commit() throws SQLException {
        var next = TortureTransaction.of(number, sequence + 1);
        execute(connection, "BEGIN IMMEDIATE");
        next.apply(connection);
        journal.willCommit(next.sequence());
        execute(connection, "COMMIT");
        journal.hasCommitted(next.sequence());
        sequence = next.sequence();
        commits++;
    }

    private void rollBack() throws SQLException {
        execute(connection, "BEGIN IMMEDIATE");
        TortureTransaction.of(number, random.nextLong()).apply(connection);
        execute(connection, "UPDATE account SET balance = -1, note = 'never committed'");
        execute(connection, "ROLLBACK");
        rollbacks++;
    }

    /**
     * With less patience than for commits: between changes of the journal mode a checkpoint was seen, by {@code /proc/locks},
     * to hold the lock of a writer and to wait for nothing but a read mark of its own process, until its busy timeout was over.
     */
    private void checkpoint() throws SQLException {
        execute(connection, "PRAGMA busy_timeout = 1000");
        unlessBusy("PRAGMA wal_checkpoint(" + CHECKPOINTS[random.nextInt(CHECKPOINTS.length)] + ")");
        execute(connection, "PRAGMA busy_timeout = 60000");
        checkpoints++;
    }

    private void vacuum() throws SQLException {
        unlessBusy("VACUUM");
        vacuums++;
    }

    /** Only possible, from WAL, when nobody else is connected. */
    private void reconnect() throws SQLException {
        connection.close();
        if (switchesJournalMode) {
            LockSupport.parkNanos(random.nextInt(3_000_000));
        }
        connection = connect();
        if (switchesJournalMode && random.nextBoolean()) {
            var before = Connections.text(connection, "PRAGMA journal_mode");
            execute(connection, "PRAGMA busy_timeout = 0");
            unlessBusy("PRAGMA journal_mode = " + (before.equals("wal") ? "DELETE" : "WAL"));
            execute(connection, "PRAGMA busy_timeout = 60000");
            switches += Connections.text(connection, "PRAGMA journal_mode").equals(before) ? 0 : 1;
        }
        reconnects++;
    }

    private void unlessBusy(String sql) throws SQLException {
        try {
            execute(connection, sql);
        } catch (SQLiteException e) {
            if ((e.getResultCode().code & 0xff) != SQLiteErrorCode.SQLITE_BUSY.code
                    && (e.getResultCode().code & 0xff) != SQLiteErrorCode.SQLITE_LOCKED.code) {
                throw e;
            }
        }
    }
}
