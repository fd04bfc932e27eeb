package dev.afterimage.content;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The statement that made an object of the schema, so that the sqlite3 shell makes it again. Whoever can edit {@code
 * sqlite_schema} can put more behind the statement, which SQLite does not look at, but the shell would run: statements, or,
 * on a line of its own, a command such as {@code .system}. So the text must end where its statement ends, by the tokens of <a
 * href="https://www.sqlite.org/c3ref/complete.html">sqlite3_complete</a>.
 *
 * @param text the statement in the stored bytes, with its semicolon and a line feed
 * @param readAsStored false when the text that the shell stores then differs by more than white space
 */
record SchemaText(byte[] text, boolean readAsStored) {

    private static final String SPACES = " \t\n\f\r";
    private static final String QUOTES = "'\"`";

    /**
     * @param stored the text in UTF-8; bytes that are not valid stay as they are
     * @throws IllegalArgumentException when there is not exactly one statement
     */
    static SchemaText of(byte[] stored) {
        var text = new String(stored, StandardCharsets.ISO_8859_1); // a character per byte
        var tokens = tokens(text);
        int end = endOfStatement(tokens);
        if (!tokens.subList(end, tokens.size()).stream().allMatch(SchemaText::meansNothing)) {
            throw new IllegalArgumentException("there is more behind its statement");
        }
        var statement = new StringBuilder();
        boolean readAsStored = true;
        for (int i = 0; i < end; i++) {
            var token = tokens.get(i);
            statement.append(token);
            if (endsStatementInShell(tokens, i)) {
                while (isSpaceOrComment(tokens.get(i + 1))) {
                    i++;
                }
                statement.append(' ');
                readAsStored = false;
            }
            // The shell drops the carriage return, which means something only here.
            readAsStored &= !(isQuoted(token) && token.contains("\r\n"));
        }
        statement.append(closing(end == 0 ? "" : tokens.get(end - 1))).append(";\n");
        return new SchemaText(statement.toString().getBytes(StandardCharsets.ISO_8859_1), readAsStored);
    }

    private static List<String> tokens(String text) {
        var tokens = new ArrayList<String>();
        for (int at = 0; at < text.length(); ) {
            int end = endOfToken(text, at);
            tokens.add(text.substring(at, end));
            at = end;
        }
        return tokens;
    }

    private static int endOfToken(String text, int at) {
        char first = text.charAt(at);
        if (isSpace(first)) {
            return endOfRun(text, at, SchemaText::isSpace);
        }
        if (text.startsWith("--", at)) {
            int newline = text.indexOf('\n', at);
            return newline < 0 ? text.length() : newline;
        }
        if (text.startsWith("/*", at)) {
            int close = text.indexOf("*/", at + 2);
            return close < 0 ? text.length() : close + 2;
        }
        if (isQuote(first)) {
            int close = text.indexOf(first == '[' ? ']' : first, at + 1);
            if (close < 0) {
                throw new IllegalArgumentException("a quote is not closed");
            }
            return close + 1;
        }
        return isOfWord(first) ? endOfRun(text, at, SchemaText::isOfWord) : at + 1;
    }

    @FunctionalInterface
    private interface Kind {
        boolean has(char character);
    }

    private static int endOfRun(String text, int at, Kind kind) {
        int end = at + 1;
        while (end < text.length() && kind.has(text.charAt(end))) {
            end++;
        }
        return end;
    }

    private static boolean isSpace(char character) {
        return SPACES.indexOf(character) >= 0;
    }

    private static boolean isQuote(char character) {
        return character == '[' || QUOTES.indexOf(character) >= 0;
    }

    private static boolean isOfWord(char character) {
        return Character.isDigit(character)
                || character == '_'
                || character == '$'
                || character >= 0x80
                || character >= 'a' && character <= 'z'
                || character >= 'A' && character <= 'Z';
    }

    /** Index of the semicolon that ends the statement, or of the end: in a trigger's body the one after END. */
    private static int endOfStatement(List<String> tokens) {
        boolean trigger = isTrigger(tokens);
        var last = "";
        var beforeLast = "";
        for (int i = 0; i < tokens.size(); i++) {
            var token = tokens.get(i);
            boolean bodyEnded = beforeLast.equals(";") && last.equalsIgnoreCase("END");
            if (token.equals(";") && (!trigger || bodyEnded)) {
                return i;
            }
            if (!isSpaceOrComment(token)) {
                beforeLast = last;
                last = token;
            }
        }
        if (trigger && !(beforeLast.equals(";") && last.equalsIgnoreCase("END"))) {
            throw new IllegalArgumentException("a trigger's body does not end");
        }
        return tokens.size();
    }

    private static boolean isTrigger(List<String> tokens) {
        var words = tokens.stream()
                .filter(token -> !isSpaceOrComment(token))
                .limit(2)
                .toList();
        // SQLite stores no TEMP: such triggers are not in the file.
        return words.size() == 2
                && words.get(0).equalsIgnoreCase("CREATE")
                && words.get(1).equalsIgnoreCase("TRIGGER");
    }

    private static boolean isSpaceOrComment(String token) {
        return isSpace(token.charAt(0)) || token.startsWith("--") || token.startsWith("/*");
    }

    private static boolean meansNothing(String token) {
        return isSpaceOrComment(token) || token.equals(";");
    }

    private static boolean isQuoted(String token) {
        return isQuote(token.charAt(0));
    }

    /** A slash or GO alone on a line, comments aside, as other databases' shells have it. */
    private static boolean endsStatementInShell(List<String> tokens, int i) {
        var token = tokens.get(i);
        if (i == 0 || !isLineBreak(tokens.get(i - 1)) || !(token.equals("/") || token.equalsIgnoreCase("GO"))) {
            return false;
        }
        var rest = tokens.subList(i + 1, tokens.size()).stream()
                .takeWhile(SchemaText::isSpaceOrComment)
                .toList();
        return i + 1 + rest.size() < tokens.size() && rest.stream().anyMatch(SchemaText::isLineBreak);
    }

    private static boolean isLineBreak(String token) {
        return isSpace(token.charAt(0)) && token.contains("\n");
    }

    /** What must follow a comment at the end for the semicolon not to be a part of it. */
    private static String closing(String lastToken) {
        if (lastToken.startsWith("--")) {
            return "\n";
        }
        boolean open = lastToken.startsWith("/*") && (lastToken.length() < 4 || !lastToken.endsWith("*/"));
        return open ? "*/" : "";
    }
}
