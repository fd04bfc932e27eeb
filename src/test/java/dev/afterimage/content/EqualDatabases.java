package dev.afterimage.content;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.sqlite.Connections;
import dev.afterimage.sqlite.check.IntegrityCheck;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.sqlite.core.Codes;
import org.sqlite.core.CoreStatement;

/** Compares all that a database has: what its header says, the schema, and of each value its type and bits. */
final class EqualDatabases {

    private static final List<String> PRAGMAS =
            List.of("page_size", "encoding", "auto_vacuum", "user_version", "application_id");

    static void assertEqual(Path actual, Path expected) {
        try (var one = Connections.immutable(actual);
                var other = Connections.immutable(expected)) {
            assertThat(Connections.text(one, "PRAGMA integrity_check"))
                    .isEqualTo(Connections.text(other, "PRAGMA integrity_check"));
            for (var pragma : PRAGMAS) {
                assertThat(Connections.text(one, "PRAGMA " + pragma))
                        .as(pragma)
                        .isEqualTo(Connections.text(other, "PRAGMA " + pragma));
            }
            assertThat(schema(one)).isEqualTo(schema(other));
            for (var table : IntegrityCheck.texts(
                    other, "SELECT name FROM sqlite_schema WHERE rootpage > 0 AND type = 'table'")) {
                assertThat(rows(one, table)).as(table).isEqualTo(rows(other, table));
            }
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    /** Without the carriage returns before line feeds, which the shell drops; those in quotes have a test of their own. */
    private static List<String> schema(Connection connection) throws SQLException {
        return IntegrityCheck.texts(connection, """
                SELECT concat_ws(' ', type, name, tbl_name, rootpage > 0, replace(hex(CAST(sql AS BLOB)), '0D0A', '0A'))
                FROM sqlite_schema ORDER BY type, name
                """);
    }

    /** With the rowids of tables that have them. */
    static List<String> rows(Connection connection, String table) throws SQLException {
        var shape = TableShape.of(connection, table);
        var query = "SELECT " + (shape.rowid() == null ? "" : shape.rowid() + ", ") + "* FROM "
                + SchemaEntry.quoted(table) + " NOT INDEXED";
        try (var statement = connection.prepareStatement(query);
                var rows = statement.executeQuery()) {
            var all = new ArrayList<String>();
            while (rows.next()) {
                var row = new StringBuilder();
                for (int column = 1; column <= rows.getMetaData().getColumnCount(); column++) {
                    row.append(value((CoreStatement) statement, rows, column)).append(' ');
                }
                all.add(row.toString());
            }
            return all;
        }
    }

    private static String value(CoreStatement statement, ResultSet row, int column) throws SQLException {
        int type = statement.pointer.safeRunInt((database, pointer) -> database.column_type(pointer, column - 1));
        return switch (type) {
            case Codes.SQLITE_NULL -> "null";
            case Codes.SQLITE_INTEGER -> "integer:" + row.getLong(column);
            case Codes.SQLITE_FLOAT -> "real:" + Long.toHexString(Double.doubleToRawLongBits(row.getDouble(column)));
            case Codes.SQLITE_TEXT -> "text:" + hex(row.getBytes(column));
            case Codes.SQLITE_BLOB -> "blob:" + hex(row.getBytes(column));
            default -> throw new AssertionError(type);
        };
    }

    private static String hex(byte[] bytes) {
        return bytes == null ? "" : HexFormat.of().formatHex(bytes);
    }

    private EqualDatabases() {}
}
