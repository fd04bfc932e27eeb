package dev.afterimage.sqlite.check;

import java.util.List;

/**
 * What an {@link IntegrityCheck} found. Only {@link #messages} fail it. The rest is as the application committed it, and the snapshot
 * has what was committed.
 *
 * @param messages what SQLite printed of damage, at most 100 lines; empty when there is none
 * @param contentViolations how often content breaks a rule of the schema (NOT NULL, UNIQUE, types), or an index has what
 *     another version of SQLite computed; not complete where there is damage. CHECK constraints are not looked at: SQLite does not read them
 *     of a file that is opened to be read only.
 * @param contentMessages what SQLite printed of these, each line once, at most 100
 * @param foreignKeyViolations rows without their parent row, counted at level FULL only
 * @param unproven what could not be looked at and why, a line each: rows, indexes, virtual tables that need a collation,
 *     function or module which only the application has. Their pages are checked all the same.
 */
public record CheckResult(
        CheckLevel level,
        List<String> messages,
        long contentViolations,
        List<String> contentMessages,
        long foreignKeyViolations,
        List<String> unproven) {

    public CheckResult {
        messages = List.copyOf(messages);
        contentMessages = List.copyOf(contentMessages);
        unproven = List.copyOf(unproven);
    }

    /** A result of a check that could look at everything, or found no more than damage. */
    public CheckResult(CheckLevel level, List<String> messages) {
        this(level, messages, 0, List.of(), 0, List.of());
    }

    /** Whether nothing that was looked at is damaged; see {@link #unproven()} for what was not. */
    public boolean passed() {
        return messages.isEmpty();
    }
}
