package dev.afterimage.content;

import dev.afterimage.sqlite.format.TextEncoding;
import dev.afterimage.sqlite.live.Refusal;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * A row of <a href="https://www.sqlite.org/schematab.html">sqlite_schema</a>.
 *
 * @param type table, index, trigger or view
 * @param virtual whether it is a virtual table, whose content is in tables of its own
 * @param stored the bytes of the statement, in the database's encoding
 * @param utf8 the same in UTF-8, which differs from them only in a database of UTF-16
 */
record SchemaEntry(String type, String name, String table, boolean virtual, byte[] stored, byte[] utf8) {

    /** All that have a statement, in the order of their making; the indexes behind constraints have none. */
    static List<SchemaEntry> all(Connection connection, TextEncoding encoding) throws SQLException {
        var query = """
                SELECT type, name, tbl_name, type = 'table' AND coalesce(rootpage, 0) = 0, sql
                FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid
                """;
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery(query)) {
            var entries = new ArrayList<SchemaEntry>();
            while (rows.next()) {
                var stored = rows.getBytes(5);
                var utf8 = encoding.isUtf8() ? stored : rows.getString(5).getBytes(StandardCharsets.UTF_8);
                entries.add(new SchemaEntry(
                        rows.getString(1), rows.getString(2), rows.getString(3), rows.getBoolean(4), stored, utf8));
            }
            return entries;
        }
    }

    /** Whether SQLite makes it itself: sqlite_sequence, and sqlite_stat1 to 4. */
    boolean isInternal() {
        return name.startsWith("sqlite_");
    }

    /**
     * What the shell is to run to make it.
     *
     * @throws dev.afterimage.problem.ProblemException CONTENT_UNREADABLE when there is more in the text than one statement, which nobody but a manipulator
     *     puts there
     */
    SchemaText statement() {
        try {
            return SchemaText.of(utf8);
        } catch (IllegalArgumentException e) {
            throw Refusal.ofContent("in the schema's entry " + type + " " + name + ", " + e.getMessage(), e);
        }
    }

    /** The name as SQL has it. */
    String quotedName() {
        return quoted(name);
    }

    static String quoted(String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }
}
