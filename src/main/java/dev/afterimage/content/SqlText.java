package dev.afterimage.content;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * A statement as it was given, cut into <a href="https://www.sqlite.org/src/file/src/tokenize.c">SQLite's tokens</a> as far as needed to
 * see that it is one query. This is looked at first because SQLite runs some PRAGMAs while it compiles them, also behind EXPLAIN.
 */
final class SqlText {

    private static final Set<String> BEGINNINGS = Set.of("select", "with", "values");

    /** Tables to SQLite, although no statement made them: what they tell of is the schema, and not this process or its files. */
    private static final Set<String> HARMLESS_PRAGMAS = Set.of(
            "pragma_table_info",
            "pragma_table_xinfo",
            "pragma_table_list",
            "pragma_index_list",
            "pragma_index_info",
            "pragma_index_xinfo",
            "pragma_foreign_key_list");

    private final String sql;
    private int next;

    private SqlText(String sql) {
        this.sql = sql;
    }

    /**
     * The statement without what follows it.
     *
     * @throws dev.afterimage.problem.ProblemException QUERY_REFUSED if it is none that begins as a query does, or not the only one
     */
    static String query(String sql) {
        return new SqlText(sql).query();
    }

    /**
     * The same as an expression in parentheses.
     *
     * @throws dev.afterimage.problem.ProblemException QUERY_REFUSED if it is more than one expression
     */
    static String condition(String sql) {
        new SqlText(sql).requireExpression();
        return "(" + sql + "\n)"; // the line ends a comment
    }

    private void requireExpression() {
        requireNoNul();
        var words = new ArrayList<String>();
        int open = 0;
        for (skip(); next < sql.length(); skip()) {
            char first = sql.charAt(next);
            open += first == '(' ? 1 : first == ')' ? -1 : 0;
            if (";?:@$".indexOf(first) >= 0 || open < 0) {
                throw QueryProblem.refused("the condition is not one expression without parameters");
            }
            words.add(word());
        }
        if (open > 0) {
            throw QueryProblem.refused("the condition has parentheses that are not closed");
        }
        requireNoPragma(words);
    }

    private String query() {
        requireNoNul();
        var words = new ArrayList<String>();
        int end = -1;
        for (skip(); next < sql.length(); skip()) {
            if (sql.charAt(next) == ';') {
                end = end < 0 ? next : end;
                next++;
            } else if (end >= 0) {
                throw QueryProblem.refused("it is more than one statement");
            } else {
                words.add(word());
            }
        }
        requireQuery(words);
        return end < 0 ? sql : sql.substring(0, end);
    }

    private static void requireQuery(List<String> words) {
        if (words.isEmpty() || !BEGINNINGS.contains(words.getFirst())) {
            throw QueryProblem.refused("it does not begin with SELECT, WITH or VALUES");
        }
        requireNoPragma(words);
    }

    private void requireNoNul() {
        if (sql.indexOf('\0') >= 0) {
            throw QueryProblem.refused("it has a character NUL");
        }
    }

    private static void requireNoPragma(List<String> words) {
        for (var word : words) {
            if (word.startsWith("pragma_") && !HARMLESS_PRAGMAS.contains(word)) {
                throw QueryProblem.refused("'" + word + "' is not among what may be asked");
            }
        }
    }

    /** To the next token, behind white space and comments. One that does not end goes to the end of the text, as in SQLite. */
    private void skip() {
        while (next < sql.length()) {
            if (" \t\n\f\r".indexOf(sql.charAt(next)) >= 0) {
                next++;
            } else if (sql.startsWith("--", next)) {
                next = after("\n", next + 2);
            } else if (sql.startsWith("/*", next) && next + 2 < sql.length()) {
                next = after("*/", next + 2);
            } else {
                return;
            }
        }
    }

    /** The next token in lower case, without the quotes if it has some; of others than names, only the length matters. */
    private String word() {
        char first = sql.charAt(next);
        return switch (first) {
            case '\'', '"', '`' -> quoted(first);
            case '[' -> {
                int begin = next;
                next = after("]", next + 1);
                yield lower(sql.substring(begin + 1, Math.max(begin + 1, next - 1)));
            }
            default -> {
                int begin = next++;
                if (isOfName(first)) {
                    while (next < sql.length() && isOfName(sql.charAt(next))) {
                        next++;
                    }
                }
                yield lower(sql.substring(begin, next));
            }
        };
    }

    private String quoted(char quote) {
        var text = new StringBuilder();
        for (next++; next < sql.length(); next++) {
            if (sql.charAt(next) == quote) {
                if (next + 1 < sql.length() && sql.charAt(next + 1) == quote) {
                    next++;
                } else {
                    next++;
                    break;
                }
            }
            text.append(sql.charAt(next));
        }
        return lower(text.toString());
    }

    private int after(String end, int from) {
        int found = sql.indexOf(end, from);
        return found < 0 ? sql.length() : found + end.length();
    }

    /** All beyond ASCII is. */
    private static boolean isOfName(char character) {
        return character >= 0x80
                || character == '_'
                || character == '$'
                || character >= '0' && character <= '9'
                || character >= 'a' && character <= 'z'
                || character >= 'A' && character <= 'Z';
    }

    private static String lower(String text) {
        return text.toLowerCase(Locale.ROOT);
    }
}
