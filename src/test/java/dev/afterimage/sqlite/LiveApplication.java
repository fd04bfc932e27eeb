package dev.afterimage.sqlite;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * The application whose database is backed up, as a process of its own: {@code OtherProcess.start(LiveApplication.class,
 * what, database)}. It has the accounts of {@link SampleDatabases#accounts}; every commit keeps their sum.
 */
public final class LiveApplication {

    private static final long MILLISECOND = 1_000_000;

    public static void main(String[] arguments) throws Exception {
        var database = Path.of(arguments[1]);
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + database);
                var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            execute(connection, "PRAGMA busy_timeout = 60000");
            switch (arguments[0]) {
                case "transfer" -> transferUntilTold(connection, input);
                case "commit-both" -> commitBothForEver(connection, arguments[2]);
                case "insert" -> insertUntilTold(database, Integer.parseInt(arguments[2]), input);
                case "hold" -> holdUntilTold(connection, arguments[2], input);
                case "own" -> ownUntilTold(connection, input);
                case "write-wal" -> writeWalUntilTold(connection, input);
                case "obey" -> obey(connection, input);
                case "die" -> waitInMidTransaction(connection, input);
                default -> throw new IllegalArgumentException(arguments[0]);
            }
        }
    }

    /** Moves money between accounts, a commit every millisecond; prints how often when told to stop. */
    private static void transferUntilTold(Connection connection, BufferedReader input) throws Exception {
        execute(connection, "PRAGMA synchronous = OFF");
        long commits = 0;
        while (!input.ready()) {
            execute(connection, "BEGIN IMMEDIATE");
            execute(connection, "UPDATE account SET balance = balance - 1 WHERE id = " + (1 + commits % 100));
            execute(connection, "UPDATE account SET balance = balance + 1 WHERE id = " + (1 + commits * 7 % 1000));
            execute(connection, "COMMIT");
            commits++;
            if (commits == 20) {
                System.out.println("transferring");
            }
            LockSupport.parkNanos(MILLISECOND);
        }
        System.out.println(commits);
    }

    /**
     * As many writers as told insert row by row, each row a transaction, without any pause. Each prints "inserting" when it has begun;
     * when told to stop they print how many rows they have inserted. One that fails says why, and ends the process.
     */
    private static void insertUntilTold(Path database, int writers, BufferedReader input) throws Exception {
        var told = new AtomicBoolean();
        var inserted = new AtomicLong();
        try (var threads = Executors.newFixedThreadPool(writers)) {
            for (int writer = 0; writer < writers; writer++) {
                threads.execute(() -> inserted.addAndGet(insertUntil(told, database)));
            }
            input.readLine();
            told.set(true);
        }
        System.out.println(inserted);
    }

    private static long insertUntil(AtomicBoolean told, Path database) {
        long inserted = 0;
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + database)) {
            execute(connection, "PRAGMA busy_timeout = 60000");
            execute(connection, "PRAGMA synchronous = OFF");
            try (var insert = connection.prepareStatement("INSERT INTO account (balance, note) VALUES (0, 'new')")) {
                while (!told.get()) {
                    insert.executeUpdate();
                    if (inserted++ == 0) {
                        System.out.println("inserting");
                    }
                }
            }
        } catch (SQLException e) {
            System.out.println(e);
            Runtime.getRuntime().halt(1);
        }
        return inserted;
    }

    /** Each transaction is one over two databases, in rollback mode with a super-journal. */
    private static void commitBothForEver(Connection connection, String other) throws Exception {
        execute(connection, "ATTACH '" + other + "' AS other");
        System.out.println("committing");
        for (long commits = 0; true; commits++) {
            execute(connection, "BEGIN IMMEDIATE");
            execute(connection, "UPDATE main.account SET balance = balance - 1 WHERE id = " + (1 + commits % 100));
            execute(connection, "UPDATE other.account SET balance = balance + 1 WHERE id = " + (1 + commits % 100));
            execute(connection, "COMMIT");
            LockSupport.parkNanos(3 * MILLISECOND);
        }
    }

    /** Holds the lock that BEGIN takes: IMMEDIATE or EXCLUSIVE. */
    private static void holdUntilTold(Connection connection, String lock, BufferedReader input) throws Exception {
        execute(connection, "BEGIN " + lock);
        execute(connection, "UPDATE account SET balance = balance WHERE id = 1");
        System.out.println("holding");
        input.readLine();
        execute(connection, "COMMIT");
        System.out.println("released");
        input.readLine();
    }

    /** Commits, but lets nobody else in: as an application that thinks the database is its own. */
    private static void ownUntilTold(Connection connection, BufferedReader input) throws Exception {
        execute(connection, "PRAGMA locking_mode = EXCLUSIVE");
        execute(connection, "UPDATE account SET note = 'mine' WHERE id = 1");
        System.out.println("owning");
        input.readLine();
    }

    /** Leaves committed pages in the WAL, and stays. */
    private static void writeWalUntilTold(Connection connection, BufferedReader input) throws Exception {
        execute(connection, "PRAGMA wal_autocheckpoint = 0");
        execute(connection, "UPDATE account SET note = 'in the WAL' WHERE id <= 50");
        System.out.println("written");
        input.readLine();
    }

    /** Executes each line that comes in, without waiting for locks, and prints "done", or "busy" if a lock was in the way. */
    private static void obey(Connection connection, BufferedReader input) throws Exception {
        execute(connection, "PRAGMA busy_timeout = 0");
        System.out.println("obeying");
        for (var sql = input.readLine(); sql != null; sql = input.readLine()) {
            try {
                execute(connection, sql);
                System.out.println("done");
            } catch (SQLiteException e) {
                boolean busy = (e.getResultCode().code & 0xff) == SQLiteErrorCode.SQLITE_BUSY.code;
                System.out.println(busy ? "busy" : e.getMessage());
            }
        }
    }

    /** So much is changed that pages go into the database file before the commit, which never comes. */
    private static void waitInMidTransaction(Connection connection, BufferedReader input) throws Exception {
        execute(connection, "PRAGMA cache_size = 5");
        execute(connection, "BEGIN");
        execute(connection, "UPDATE account SET balance = -1, note = 'never committed'");
        System.out.println("in mid-transaction");
        input.readLine();
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private LiveApplication() {}
}
