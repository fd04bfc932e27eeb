package dev.afterimage.sqlite;

import static dev.afterimage.sqlite.Connections.number;

import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.sqlite.ProgressHandler;
import org.sqlite.SQLiteConnection;

/** Runs SQLite's own checks on a file that is ours: one that nobody writes, and that needs no journal or WAL. */
public final class IntegrityCheck {

    private static final int VM_INSTRUCTIONS_PER_REPORT = 10_000;

    /**
     * Checks the file on the caller's thread; nothing is written, no file appears beside it. Damage is a result, not an
     * exception.
     *
     * @param progress hears 0 of all pages while it runs (SQLite does not say how far it is), and all at the end
     * @throws StagingException.Unusable if the file cannot be read
     * @throws java.util.concurrent.CancellationException as thrown by {@code progress}
     */
    public static CheckResult run(Path file, CheckLevel level, PageProgress progress) {
        try (var connection = Connections.immutable(file)) {
            long pages = number(connection, "PRAGMA page_count");
            var reports = new ProgressFromC(progress, 1, 0);
            ProgressHandler.setHandler(connection, VM_INSTRUCTIONS_PER_REPORT, new ProgressHandler() {
                @Override
                protected int progress() {
                    return reports.report(0, pages) ? 0 : 1;
                }
            });
            try {
                return run(connection, level);
            } catch (SQLException e) {
                reports.throwIfStopped();
                throw e;
            }
        } catch (SQLException e) {
            int code = Refusal.primaryCode(e);
            if (code == Refusal.CORRUPT || code == Refusal.NOTADB) {
                return new CheckResult(level, List.of(String.valueOf(e.getMessage())), 0);
            }
            throw new StagingException.Unusable(file, String.valueOf(e.getMessage()), e);
        }
    }

    private static CheckResult run(SQLiteConnection connection, CheckLevel level) throws SQLException {
        return switch (level) {
            case QUICK -> new CheckResult(level, messages(connection, "PRAGMA quick_check(100)"), 0);
            case FULL ->
                new CheckResult(
                        level,
                        messages(connection, "PRAGMA integrity_check(100)"),
                        number(connection, "SELECT count(*) FROM pragma_foreign_key_check"));
        };
    }

    private static List<String> messages(SQLiteConnection connection, String pragma) throws SQLException {
        var messages = new ArrayList<String>();
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery(pragma)) {
            while (rows.next()) {
                rows.getString(1).lines().forEach(messages::add);
            }
        }
        return messages.equals(List.of("ok")) ? List.of() : messages;
    }

    private IntegrityCheck() {}
}
