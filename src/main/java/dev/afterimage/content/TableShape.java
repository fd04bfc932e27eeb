package dev.afterimage.content;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What of a table's rows is stored.
 *
 * @param columns those that an INSERT gives: without generated ones
 * @param rowid a name of the <a href="https://www.sqlite.org/rowidtable.html">rowid</a>; null when the table has none, or when
 *     columns have taken all its names
 * @param rowidIsColumn whether one of the columns is the rowid
 */
record TableShape(List<String> columns, @Nullable String rowid, boolean rowidIsColumn) {

    private static final List<String> ROWID_NAMES = List.of("rowid", "_rowid_", "oid");

    static TableShape of(Connection connection, String table) throws SQLException {
        var columns = texts(
                connection, table, "SELECT name FROM pragma_table_xinfo(?, 'main') WHERE hidden = 0 ORDER BY cid");
        var taken = texts(connection, table, "SELECT lower(name) FROM pragma_table_xinfo(?, 'main')");
        var withoutRowid =
                texts(connection, table, "SELECT name FROM pragma_table_list(?) WHERE schema = 'main' AND wr");
        var rowid = withoutRowid.isEmpty()
                ? ROWID_NAMES.stream().filter(name -> !taken.contains(name)).findFirst()
                : Optional.<String>empty();
        return new TableShape(columns, rowid.orElse(null), rowidIsColumn(connection, table));
    }

    /** INTEGER PRIMARY KEY it is, unless it has an index of its own, as one with DESC has. */
    private static boolean rowidIsColumn(Connection connection, String table) throws SQLException {
        var keys = texts(connection, table, "SELECT upper(type) FROM pragma_table_xinfo(?, 'main') WHERE pk > 0");
        var indexes = texts(connection, table, "SELECT name FROM pragma_index_list(?, 'main') WHERE origin = 'pk'");
        return keys.equals(List.of("INTEGER")) && indexes.isEmpty();
    }

    private static List<String> texts(Connection connection, String table, String query) throws SQLException {
        try (var statement = connection.prepareStatement(query)) {
            statement.setString(1, table);
            try (var rows = statement.executeQuery()) {
                var texts = new ArrayList<String>();
                while (rows.next()) {
                    texts.add(rows.getString(1));
                }
                return texts;
            }
        }
    }
}
