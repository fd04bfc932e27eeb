package dev.afterimage.check;

import static dev.afterimage.problem.ProblemCode.CONTENT_UNREADABLE;
import static dev.afterimage.problem.ProblemCode.QUERY_REFUSED;
import static dev.afterimage.problem.ProblemCode.QUERY_TOO_LARGE;
import static dev.afterimage.problem.ProblemCode.QUERY_TOO_SLOW;

import dev.afterimage.catalog.snapshots.AssertionResult;
import dev.afterimage.content.Query;
import dev.afterimage.content.QueryRows;
import dev.afterimage.problem.ProblemException;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What must be true of a restored database beside that it is sound.
 *
 * @param sql a query, of which the first value of the first row counts
 * @param expect one of {@code > >= < <= = !=} with a number, or exactly the value's text
 */
public record Assertion(String sql, String expect) {

    private static final Pattern COMPARISON =
            Pattern.compile("\\s*(>=|<=|!=|>|<|=)\\s*([+-]?[0-9]+(?:\\.[0-9]+)?)\\s*");
    private static final Set<?> FAILURES = Set.of(QUERY_REFUSED, QUERY_TOO_LARGE, QUERY_TOO_SLOW, CONTENT_UNREADABLE);
    private static final int LONGEST_KEPT = 1000;

    /** Keeps the first value. */
    private static final class First implements QueryRows {
        private @Nullable Object value;

        @Override
        public void begin(List<Column> columns) {}

        @Override
        public void add(List<@Nullable Object> values) {
            value = values.getFirst();
        }
    }

    /** @throws ProblemException STORAGE_UNREACHABLE when the file cannot be read: that proves nothing */
    AssertionResult of(Path file) {
        try {
            var first = new First();
            new Query(sql, List.of(), 1).run(file, first);
            return new AssertionResult(sql, expect, kept(first.value), holds(first.value), null);
        } catch (ProblemException e) {
            if (!FAILURES.contains(e.code())) {
                throw e;
            }
            return new AssertionResult(sql, expect, null, false, e.problem().detail());
        } catch (IOException e) {
            throw new IllegalStateException("nothing is written", e);
        }
    }

    private static @Nullable String kept(@Nullable Object value) {
        var text = text(value);
        return text == null || text.length() <= LONGEST_KEPT ? text : text.substring(0, LONGEST_KEPT);
    }

    private static @Nullable String text(@Nullable Object value) {
        return switch (value) {
            case null -> null;
            case byte[] blob -> Base64.getEncoder().encodeToString(blob);
            default -> value.toString();
        };
    }

    private boolean holds(@Nullable Object value) {
        var comparison = COMPARISON.matcher(expect);
        if (!comparison.matches()) {
            return expect.equals(text(value));
        }
        if (!(value instanceof Number number)) {
            return false;
        }
        int order = compare(number, new BigDecimal(comparison.group(2)));
        return switch (comparison.group(1)) {
            case ">" -> order > 0;
            case ">=" -> order >= 0;
            case "<" -> order < 0;
            case "<=" -> order <= 0;
            case "=" -> order == 0;
            default -> order != 0;
        };
    }

    private static int compare(Number number, BigDecimal expected) {
        return number instanceof Double real && real.isInfinite()
                ? (real > 0 ? 1 : -1)
                : new BigDecimal(number.toString()).compareTo(expected);
    }
}
