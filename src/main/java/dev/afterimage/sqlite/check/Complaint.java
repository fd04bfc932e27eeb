package dev.afterimage.sqlite.check;

import java.util.List;
import java.util.regex.Pattern;

/**
 * What a row that <a href="https://www.sqlite.org/pragma.html#pragma_integrity_check">integrity_check</a> prints is about. A
 * database can be whole, and hold what its own schema does not allow: the application committed that, works with it, and wants it
 * back. Only what SQLite itself keeps right, whatever an application does, is damaged when it is wrong.
 */
enum Complaint {
    /** Trees, pages, the freelist, an index that does not have the rows of its table; also what is not known here. */
    STRUCTURE,
    /** Rows that break a constraint, or that another version of SQLite or of the application would have stored otherwise. */
    CONTENT,
    /** SQLite could not look, because something is missing that only the application has. */
    UNPROVEN;

    private record Kind(Pattern row, Complaint complaint) {

        Kind(String row, Complaint complaint) {
            this(Pattern.compile(row, Pattern.DOTALL), complaint);
        }
    }

    /**
     * Beginnings of rows, since names of tables may contain anything. From SQLite's sources: {@code PRAGMA integrity_check} in pragma.c and
     * the {@code xIntegrity} methods. What is left out is structure: rows of {@code *** in database main ***}, {@code wrong # of
     * entries in index}, {@code row … missing from index}, {@code row … values differ from index}, {@code rowid not at
     * end-of-record}, {@code row not in PRIMARY KEY order}, {@code In RTree}, {@code malformed inverted index for FTS5}.
     */
    private static final List<Kind> KINDS = List.of(
            new Kind("NULL value in .+", CONTENT),
            new Kind("non-[A-Z]+ value in .+", CONTENT), // of a STRICT table
            new Kind("NUMERIC value in .+", CONTENT),
            new Kind("TEXT value in .+", CONTENT),
            new Kind("CHECK constraint failed in .+", CONTENT),
            // Both rows are in the table and in the index, else another row would be printed.
            new Kind("non-unique entry in index .+", CONTENT),
            // The entry is there; the last bits of its number were computed by another version, or on another
            // processor.
            new Kind("index .+ stores an imprecise floating-point value for row .+", CONTENT),
            // It may index a table of the application (`content=`), which only triggers of the application keep equal.
            // The trees of
            // its own tables are checked as all others.
            new Kind("malformed inverted index for FTS[34] table .+", CONTENT),
            // Such as the table that it indexes.
            new Kind("unable to validate the inverted index for FTS\\d table .+: SQL logic error", UNPROVEN));

    static Complaint of(String row) {
        return KINDS.stream()
                .filter(kind -> kind.row().matcher(row).matches())
                .findFirst()
                .map(Kind::complaint)
                .orElse(STRUCTURE);
    }
}
