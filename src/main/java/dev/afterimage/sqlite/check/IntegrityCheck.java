package dev.afterimage.sqlite.check;

import static dev.afterimage.sqlite.Connections.execute;
import static dev.afterimage.sqlite.Connections.number;

import dev.afterimage.bytes.FileCalls;
import dev.afterimage.sqlite.Connections;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.ProgressFromC;
import dev.afterimage.sqlite.QueryTime;
import dev.afterimage.sqlite.StagingProblem;
import dev.afterimage.sqlite.live.Refusal;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.sqlite.ProgressHandler;
import org.sqlite.SQLiteConnection;

/**
 * Runs SQLite's own <a href="https://www.sqlite.org/pragma.html#pragma_integrity_check">checks</a> on a file that is ours:
 * one that nobody writes, and that needs no journal or WAL.
 *
 * <p>Many databases need a collation, function or tokenizer that only their application has, and SQLite then refuses to
 * check anything. To fail such a database would make it impossible to back up; to pass it would claim a proof that there is
 * not. So everything that can be checked is ({@link PartialCheck}), and the rest is named in {@link CheckResult#unproven}.
 */
public final class IntegrityCheck {

    private static final int VM_INSTRUCTIONS_PER_REPORT = 1_000;
    private static final int CACHE_KIB = 64 << 10;

    /** Usually all. A check of a file that is damaged all over ends here. */
    private static final int ROWS_AT_FIRST = 10_000;

    private static final int ALL_ROWS = Integer.MAX_VALUE;

    private static final Duration LONGEST_AFTER_DAMAGE = Duration.ofSeconds(2);

    /** Of a check of one table, which SQLite lets nobody change. */
    private static final int ROWS_OF_A_TABLE = 100;

    /**
     * Checks the file on the caller's thread; nothing is written, no file appears beside it. Damage is a result, not an
     * exception. What only breaks rules of the schema is counted, but is no damage: the application committed it.
     *
     * <p>To SQLite a page that the disk does not give is damage like any other. So what is found is believed only of a file that can
     * be read to its end, of which nothing that was written is lost, and when it is found again.
     *
     * @param progress hears 0 of all pages while it runs, since SQLite does not say how far it is, and all at the end
     * @throws dev.afterimage.problem.ProblemException STORAGE_UNREACHABLE if the file cannot be read
     * @throws java.util.concurrent.CancellationException as thrown by {@code progress}
     */
    public static CheckResult run(Path file, CheckLevel level, PageProgress progress) {
        var first = runOnce(file, level, progress);
        if (first.passed() || first.messages().equals(List.of(QueryTime.TOO_LONG))) {
            return first;
        }
        requireReadable(file);
        return runOnce(file, level, progress);
    }

    private static void requireReadable(Path file) {
        try (var bytes = Files.newInputStream(file)) {
            bytes.transferTo(OutputStream.nullOutputStream());
            FileCalls.requireNothingLost(file);
        } catch (IOException e) {
            throw StagingProblem.unusable(file, String.valueOf(e.getMessage()), e);
        }
    }

    private static CheckResult runOnce(Path file, CheckLevel level, PageProgress progress) {
        try (var connection = Connections.immutable(file)) {
            long pages = readSchema(connection);
            execute(connection, "PRAGMA cache_size = -" + CACHE_KIB); // an index's rows lie all over the file
            var reports = new ProgressFromC(progress, 1, 0);
            ProgressHandler.setHandler(connection, VM_INSTRUCTIONS_PER_REPORT, new ProgressHandler() {
                @Override
                protected int progress() {
                    return reports.report(() -> 0, pages) ? 0 : 1;
                }
            });
            try {
                var result = check(connection, level);
                reports.throwIfStopped();
                progress.pages(pages, pages);
                return result;
            } catch (SQLException e) {
                reports.throwIfStopped();
                throw e;
            }
        } catch (SQLException e) {
            if (Refusal.isInterrupted(e)) {
                return new CheckResult(level, List.of(QueryTime.TOO_LONG));
            }
            if (Refusal.isAboutContent(e)) {
                return new CheckResult(level, List.of(Refusal.words(e)));
            }
            throw StagingProblem.unusable(file, Refusal.words(e), e);
        }
    }

    /** Returns the number of pages. */
    private static long readSchema(SQLiteConnection connection) throws SQLException {
        try (var _ = QueryTime.limit(connection, QueryTime.OF_SCHEMA)) {
            return number(connection, "PRAGMA page_count");
        }
    }

    private static CheckResult check(SQLiteConnection connection, CheckLevel level) throws SQLException {
        var findings = new Findings();
        long violations = 0;
        try {
            findings = checkPagesAndRows(connection, level);
            nameVirtualTablesThatCannotBeRead(connection, findings);
            if (level == CheckLevel.FULL
                    && !findings.anyDamage()) { // rows that pages lead to in a circle are never counted
                violations = foreignKeyViolations(connection, findings);
            }
        } catch (SQLException e) {
            if (!Refusal.isDamage(e)) {
                throw e;
            }
            findings.addDamage(Refusal.words(e));
        }
        return findings.result(level, violations);
    }

    /** SQLite ends at a number of rows, whatever they are about: complaints about content must not be what hides damage. */
    private static Findings checkPagesAndRows(SQLiteConnection connection, CheckLevel level) throws SQLException {
        try {
            var findings = new Findings();
            int rows = print(connection, pragma(level) + "(" + ROWS_AT_FIRST + ")", findings::add);
            if (rows < ROWS_AT_FIRST || findings.anyDamage()) {
                return findings;
            }
            var all = new Findings();
            print(connection, pragma(level) + "(" + ALL_ROWS + ")", all::add);
            return all;
        } catch (SQLException e) {
            requireThatSomethingIsMissing(e);
            var findings = new Findings();
            new PartialCheck(connection, findings).run(pragma(level));
            return findings;
        }
    }

    private static String pragma(CheckLevel level) {
        return switch (level) {
            case QUICK -> "PRAGMA quick_check";
            case FULL -> "PRAGMA integrity_check";
        };
    }

    /** The check passes silently over a virtual table whose module is missing; its shadow tables are checked as tables. */
    private static void nameVirtualTablesThatCannotBeRead(Connection connection, Findings findings)
            throws SQLException {
        var virtualTables = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'virtual'";
        for (var table : texts(connection, virtualTables)) {
            try (var statement = connection.prepareStatement("SELECT 1 FROM \"" + table.replace("\"", "\"\"") + '"')) {
                statement.getMetaData();
            } catch (SQLException e) {
                requireThatSomethingIsMissing(e);
                findings.addUnproven("virtual table " + table + ": " + Refusal.words(e));
            }
        }
    }

    private static long foreignKeyViolations(Connection connection, Findings findings) throws SQLException {
        try {
            return number(connection, "SELECT count(*) FROM pragma_foreign_key_check");
        } catch (SQLException e) {
            requireThatSomethingIsMissing(e);
            findings.addUnproven("foreign keys: " + Refusal.words(e));
            return 0;
        }
    }

    /** SQLite says ERROR when it cannot even begin; damage, cancellation and failing disks have codes of their own. */
    public static void requireThatSomethingIsMissing(SQLException e) throws SQLException {
        if (Refusal.primaryCode(e) != Refusal.ERROR) {
            throw e;
        }
    }

    /**
     * Checks one table, and adds what it prints. SQLite ends after 100 rows, so that complaints about content may hide what else it would have
     * found; that is noted.
     */
    static void printOfTable(SQLiteConnection connection, String pragma, String table, Findings findings)
            throws SQLException {
        int rows = print(connection, ofTable(pragma, table), findings::add);
        if (rows >= ROWS_OF_A_TABLE && !findings.anyDamage()) {
            findings.addUnproven(
                    "table " + table + ": its content has so much to complain of that SQLite told no more");
        }
    }

    static String ofTable(String pragma, String table) {
        return pragma + "('" + table.replace("'", "''") + "')";
    }

    /**
     * Tells what a check prints, without the {@code ok} of one that found nothing. Damage beyond which it cannot go on is
     * the last message: SQLite prints what it found till then, and fails.
     *
     * <p>After damage it is given two seconds for each further row. SQLite looks at the rows even when the pages that it found wrong
     * lead back to each other, which never ends.
     *
     * @return how many rows it printed
     */
    static int print(SQLiteConnection connection, String check, Consumer<String> found) throws SQLException {
        int count = 0;
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery(check)) {
            while (rows.next()) {
                if (rows.getString(1).equals("ok")) {
                    continue;
                }
                found.accept(rows.getString(1));
                count++;
                if (Complaint.of(rows.getString(1)) == Complaint.STRUCTURE) {
                    return count + printFurther(connection, rows, found);
                }
            }
        } catch (SQLException e) {
            if (!Refusal.isDamage(e)) {
                throw e;
            }
            found.accept(Refusal.words(e));
        }
        return count;
    }

    private static int printFurther(SQLiteConnection connection, ResultSet rows, Consumer<String> found)
            throws SQLException {
        int count = 0;
        try (var time = QueryTime.limit(connection, LONGEST_AFTER_DAMAGE)) {
            while (rows.next()) {
                found.accept(rows.getString(1));
                count++;
                time.restart();
            }
        } catch (SQLException e) {
            if (!Refusal.isInterrupted(e)) {
                throw e;
            }
            found.accept("what else may be wrong was not looked for, since that took too long");
        }
        return count;
    }

    /** The first column of each row. */
    public static List<String> texts(Connection connection, String query) throws SQLException {
        var texts = new ArrayList<String>();
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery(query)) {
            while (rows.next()) {
                texts.add(rows.getString(1));
            }
        }
        return texts;
    }

    private IntegrityCheck() {}
}
