package dev.afterimage.content;

import dev.afterimage.sqlite.format.TextEncoding;
import java.io.IOException;

/** Values as SQL that evaluates to exactly them, type and every bit, in a database of the same text encoding. */
final class SqlLiteral {

    private static final int LONG = 64 << 10;
    private static final char NONCHARACTER_FFFE = '\uFFFE';
    private static final char NONCHARACTER_FFFF = '\uFFFF';

    private final TextEncoding encoding;

    SqlLiteral(TextEncoding encoding) {
        this.encoding = encoding;
    }

    /** @param stored bytes in the database's encoding, valid or not */
    SqlOutput addText(byte[] stored, SqlOutput out) throws IOException {
        if (isPlain(stored)) {
            return out.add("'").add(stored).add("'");
        }
        var text = encoding.decoded(stored);
        if (text != null && !isLongOfManyLines(text) && text.chars().allMatch(SqlLiteral::survivesInQuotes)) {
            return out.add("'").add(text.replace("'", "''")).add("'");
        }
        return out.add("CAST(x'").addHex(stored).add("' AS TEXT)");
    }

    SqlOutput addText(String text, SqlOutput out) throws IOException {
        return addText(text.getBytes(encoding.charset()), out);
    }

    /** Most text is, and need not be decoded. */
    private boolean isPlain(byte[] stored) {
        if (!encoding.isUtf8()) {
            return false;
        }
        for (byte character : stored) {
            if (character < ' ' || character > '~' || character == '\'') {
                return false;
            }
        }
        return true;
    }

    /** At each line with a semicolon, the shell looks for the statement's end from its beginning. */
    private static boolean isLongOfManyLines(String text) {
        return text.length() > LONG && text.indexOf('\n') >= 0;
    }

    /**
     * NUL ends a statement, the shell drops a carriage return before a line feed, escapes confuse a terminal, and SQLite
     * replaces the two last characters of the first plane when it translates between encodings.
     */
    private static boolean survivesInQuotes(int character) {
        return character == '\n'
                || character == '\t'
                || !Character.isISOControl(character)
                        && character != NONCHARACTER_FFFE
                        && character != NONCHARACTER_FFFF;
    }
}
