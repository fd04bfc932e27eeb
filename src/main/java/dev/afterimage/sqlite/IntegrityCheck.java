package dev.afterimage.sqlite;

import static dev.afterimage.sqlite.Connections.execute;
import static dev.afterimage.sqlite.Connections.number;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
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
    private static final int MOST_MESSAGES = 100;
    private static final int CACHE_KIB = 64 << 10;

    /**
     * Checks the file on the caller's thread; nothing is written, no file appears beside it. Damage is a result, not an
     * exception. Rows without their parent row are counted, but are no damage: the application committed them.
     *
     * @param progress hears 0 of all pages while it runs, since SQLite does not say how far it is, and all at the end
     * @throws StagingException.Unusable if the file cannot be read
     * @throws java.util.concurrent.CancellationException as thrown by {@code progress}
     */
    public static CheckResult run(Path file, CheckLevel level, PageProgress progress) {
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
                return new CheckResult(level, List.of(QueryTime.TOO_LONG), 0);
            }
            if (Refusal.isAboutContent(e)) {
                return new CheckResult(level, List.of(Refusal.words(e)), 0);
            }
            throw new StagingException.Unusable(file, Refusal.words(e), e);
        }
    }

    /** Returns the number of pages. */
    private static long readSchema(SQLiteConnection connection) throws SQLException {
        try (var _ = QueryTime.limit(connection, QueryTime.OF_SCHEMA)) {
            return number(connection, "PRAGMA page_count");
        }
    }

    private static CheckResult check(SQLiteConnection connection, CheckLevel level) throws SQLException {
        var messages = new ArrayList<String>();
        var unproven = new ArrayList<String>();
        long violations = 0;
        try {
            checkPagesAndRows(connection, level, messages, unproven);
            nameVirtualTablesThatCannotBeRead(connection, unproven);
            violations = level == CheckLevel.FULL ? foreignKeyViolations(connection, unproven) : 0;
        } catch (SQLException e) {
            if (!Refusal.isDamage(e)) {
                throw e;
            }
            messages.add(Refusal.words(e));
        }
        var lines = messages.stream()
                .flatMap(String::lines)
                .distinct()
                .limit(MOST_MESSAGES)
                .toList();
        return new CheckResult(level, lines, violations, unproven);
    }

    private static void checkPagesAndRows(
            SQLiteConnection connection, CheckLevel level, List<String> messages, List<String> unproven)
            throws SQLException {
        try {
            print(connection, pragma(level) + "(" + MOST_MESSAGES + ")", messages);
        } catch (SQLException e) {
            requireThatSomethingIsMissing(e);
            messages.clear();
            new PartialCheck(connection, messages, unproven).run(pragma(level));
        }
    }

    private static String pragma(CheckLevel level) {
        return switch (level) {
            case QUICK -> "PRAGMA quick_check";
            case FULL -> "PRAGMA integrity_check";
        };
    }

    /** The check passes silently over a virtual table whose module is missing; its shadow tables are checked as tables. */
    private static void nameVirtualTablesThatCannotBeRead(Connection connection, List<String> unproven)
            throws SQLException {
        var virtualTables = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'virtual'";
        for (var table : texts(connection, virtualTables)) {
            try (var statement = connection.prepareStatement("SELECT 1 FROM \"" + table.replace("\"", "\"\"") + '"')) {
                statement.getMetaData();
            } catch (SQLException e) {
                requireThatSomethingIsMissing(e);
                unproven.add("virtual table " + table + ": " + Refusal.words(e));
            }
        }
    }

    private static long foreignKeyViolations(Connection connection, List<String> unproven) throws SQLException {
        try {
            return number(connection, "SELECT count(*) FROM pragma_foreign_key_check");
        } catch (SQLException e) {
            requireThatSomethingIsMissing(e);
            unproven.add("foreign keys: " + Refusal.words(e));
            return 0;
        }
    }

    /** SQLite says ERROR when it cannot even begin; damage, cancellation and failing disks have codes of their own. */
    static void requireThatSomethingIsMissing(SQLException e) throws SQLException {
        if (Refusal.primaryCode(e) != Refusal.ERROR) {
            throw e;
        }
    }

    /**
     * Adds what a check prints, without the {@code ok} of one that found nothing. Damage beyond which it cannot go on is
     * the last message: SQLite prints what it found till then, and fails.
     */
    static void print(Connection connection, String check, List<String> messages) throws SQLException {
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery(check)) {
            while (rows.next()) {
                if (!rows.getString(1).equals("ok")) {
                    messages.add(rows.getString(1));
                }
            }
        } catch (SQLException e) {
            if (!Refusal.isDamage(e)) {
                throw e;
            }
            messages.add(Refusal.words(e));
        }
    }

    /** The first column of each row. */
    static List<String> texts(Connection connection, String query) throws SQLException {
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
