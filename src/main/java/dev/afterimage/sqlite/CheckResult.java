package dev.afterimage.sqlite;

import java.util.List;

/**
 * What an {@link IntegrityCheck} found.
 *
 * @param messages what SQLite printed, at most 100 lines; empty when it printed only {@code ok}
 * @param foreignKeyViolations rows without their parent row, counted at level FULL only. They do not fail a check: the
 *     application committed them, and the snapshot has what was committed.
 * @param unproven what could not be looked at and why, a line each: rows, indexes, virtual tables that need a collation,
 *     function or module which only the application has. Their pages are checked all the same.
 */
public record CheckResult(CheckLevel level, List<String> messages, long foreignKeyViolations, List<String> unproven) {

    public CheckResult {
        messages = List.copyOf(messages);
        unproven = List.copyOf(unproven);
    }

    /** A result of a check that could look at everything. */
    public CheckResult(CheckLevel level, List<String> messages, long foreignKeyViolations) {
        this(level, messages, foreignKeyViolations, List.of());
    }

    /** Whether nothing that was looked at is damaged; see {@link #unproven()} for what was not. */
    public boolean passed() {
        return messages.isEmpty();
    }
}
