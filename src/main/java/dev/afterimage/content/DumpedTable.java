package dev.afterimage.content;

import static dev.afterimage.content.SchemaEntry.quoted;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.sqlite.core.Codes;
import org.sqlite.core.CoreStatement;

/** The rows of a table as INSERT statements, in the order of the table's b-tree. */
final class DumpedTable {

    private static final byte[] NO_BYTES = {};

    private final Connection connection;
    private final String name;
    private final TableShape shape;
    private final SqlLiteral literal;
    private final LargeValues.Sizes sizes;
    private final DumpLimit limit;
    private final @Nullable LargeValues large;

    DumpedTable(Connection connection, SchemaEntry table, SqlLiteral literal, LargeValues.Sizes sizes, DumpLimit limit)
            throws SQLException {
        this.connection = connection;
        this.name = table.quotedName();
        this.shape = TableShape.of(connection, table.name());
        this.literal = literal;
        this.sizes = sizes;
        this.limit = limit;
        this.large = shape.rowid() == null ? null : new LargeValues(connection, name, shape.rowid(), sizes, limit);
    }

    void addTo(SqlOutput out) throws SQLException, IOException {
        var insert = bytes("INSERT INTO " + name + " VALUES(");
        var insertWithRowid = bytes("INSERT INTO " + name + "(" + shape.rowid() + ","
                + shape.columns().stream().map(SchemaEntry::quoted).collect(Collectors.joining(",")) + ") VALUES(");
        try (var statement = connection.prepareStatement(query());
                var rows = statement.executeQuery()) {
            long next = 1;
            while (rows.next()) {
                limit.addRow();
                long rowid = rows.getLong(1);
                if (shape.rowid() == null || shape.rowidIsColumn() || rowid == next) {
                    out.add(insert);
                } else {
                    out.add(insertWithRowid).add(rowid + ",");
                }
                addRow((CoreStatement) statement, rows, rowid, Long.toString(rowid), out);
                next = rowid + 1; // what SQLite chooses: one more than the largest
            }
        }
    }

    /**
     * Only the rows that a condition of somebody who may mean harm chooses. They are found on a connection of their own and read on the
     * usual one, whose values may be long. Rowids are not given unless a column has them: by now another row may have the same.
     */
    void addTo(SqlOutput out, GuardedConnection guarded, String condition) throws IOException {
        var insert = bytes("INSERT INTO " + name + "("
                + shape.columns().stream().map(SchemaEntry::quoted).collect(Collectors.joining(",")) + ") VALUES(");
        var rows = shape.rowid() == null ? query() : "SELECT " + shape.rowid() + " FROM " + name + " NOT INDEXED";
        guarded.ask(rows + " WHERE " + condition, statement -> {
            try (var one = connection.prepareStatement(
                            query() + (shape.rowid() == null ? "" : " WHERE " + shape.rowid() + " = ?"));
                    var chosen = statement.executeQuery()) {
                while (chosen.next()) {
                    guarded.goOn();
                    limit.addRow();
                    out.add(insert);
                    if (shape.rowid() == null) {
                        addRow((CoreStatement) statement, chosen, 0, "", out);
                    } else {
                        addRow(one, chosen.getLong(1), out);
                    }
                }
            }
            return shape;
        });
    }

    private void addRow(PreparedStatement one, long rowid, SqlOutput out) throws SQLException, IOException {
        one.setLong(1, rowid);
        try (var row = one.executeQuery()) {
            row.next();
            var inserted = shape.rowidIsColumn() ? Long.toString(rowid) : "last_insert_rowid()";
            addRow((CoreStatement) one, row, rowid, inserted, out);
        }
    }

    private static byte[] bytes(String sql) {
        return sql.getBytes(StandardCharsets.UTF_8);
    }

    /** Not by an index, which might be damaged where the table is not, and gives another order. */
    private String query() {
        var columns = shape.columns().stream()
                .map(column -> large == null ? quoted(column) : large.orMark(column))
                .collect(Collectors.joining(", "));
        return "SELECT " + Objects.requireNonNullElse(shape.rowid(), "0") + ", " + columns + " FROM " + name
                + " NOT INDEXED";
    }

    /** @param inserted the rowid that it gets where this is read back, as an expression */
    private void addRow(CoreStatement statement, ResultSet row, long rowid, String inserted, SqlOutput out)
            throws SQLException, IOException {
        var unfinished = new ArrayList<LargeValues.Value>();
        long room = sizes.perStatement();
        for (int i = 0; i < shape.columns().size(); i++) {
            out.add(i == 0 ? "" : ",");
            int column = i + 2;
            switch (type(statement, column)) {
                case Codes.SQLITE_INTEGER -> out.add(Long.toString(row.getLong(column)));
                case Codes.SQLITE_FLOAT -> out.add(RealLiteral.of(row.getDouble(column)));
                case Codes.SQLITE_TEXT -> literal.addText(stored(row, column), out);
                case Codes.SQLITE_BLOB -> {
                    var blob = stored(row, column);
                    if (large != null && large.isMark(blob)) {
                        var value = large.value(shape.columns().get(i), rowid);
                        limit.addValue(value.size());
                        room -= value.addFirst(room, out);
                        unfinished.add(value);
                    } else {
                        out.add("x'").addHex(blob).add("'");
                    }
                }
                default -> out.add("NULL");
            }
        }
        out.add(");\n");
        for (var value : unfinished) {
            value.addRest(inserted, out);
        }
    }

    /** Of this row's value: JDBC knows only the one that the column was declared with. */
    private static int type(CoreStatement statement, int column) throws SQLException {
        return statement.pointer.safeRunInt((database, pointer) -> database.column_type(pointer, column - 1));
    }

    private byte[] stored(ResultSet row, int column) throws SQLException {
        return Objects.requireNonNullElse(row.getBytes(column), NO_BYTES);
    }
}
