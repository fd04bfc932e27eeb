package dev.afterimage.catalog.snapshots;

import org.jspecify.annotations.Nullable;

/**
 * What came of an assertion of a drill.
 *
 * @param actual the value that was found, cut where it is long; null for NULL, for no row, and where it could not be asked for
 * @param problem why it could not be asked for; null when it could
 */
public record AssertionResult(
        String sql,
        String expect,
        @Nullable String actual,
        boolean passed,
        @Nullable String problem) {

    /** What was wrong, as users are told. */
    public String message() {
        return problem == null ? "%s is %s, not %s".formatted(sql, actual, expect) : "%s: %s".formatted(sql, problem);
    }
}
