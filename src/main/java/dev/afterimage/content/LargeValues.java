package dev.afterimage.content;

import static dev.afterimage.content.SchemaEntry.quoted;

import java.io.IOException;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.HexFormat;

/** Texts and blobs of a table that do not go through the heap whole. Rows are read with a mark in their place. */
final class LargeValues {

    /**
     * In bytes, all of them even: a character of UTF-16 is not torn.
     *
     * @param whole up to this a value is read whole
     * @param piece so much is read at once of a larger one
     * @param perStatement how much of a row's large values its INSERT has, in two digits per byte; what is more is appended by
     *     further statements, because the shell reads statements of at most 1,000,000,000 bytes
     */
    record Sizes(int whole, int piece, int perStatement) {
        static final Sizes DEFAULT = new Sizes(1 << 20, 8 << 20, 256 << 20);
    }

    private static final int MARK_BYTES = 16;

    private final Connection connection;
    private final String table;
    private final String rowid;
    private final Sizes sizes;
    private final DumpLimit limit;
    private final byte[] mark = new byte[MARK_BYTES];

    /** @param table quoted */
    LargeValues(Connection connection, String table, String rowid, Sizes sizes, DumpLimit limit) {
        this.connection = connection;
        this.table = table;
        this.rowid = rowid;
        this.sizes = sizes;
        this.limit = limit;
        new SecureRandom().nextBytes(mark); // no value of the database can be prepared to equal it
    }

    /** The column as an expression that is the mark for a large value. */
    String orMark(String column) {
        var name = quoted(column);
        // Asked for the type first: the length of a number would be that of its text, which would have to be made.
        return "CASE WHEN typeof(%1$s) IN ('text', 'blob') AND octet_length(%1$s) > %2$d THEN x'%3$s' ELSE %1$s END"
                .formatted(name, sizes.whole(), HexFormat.of().formatHex(mark));
    }

    boolean isMark(byte[] blob) {
        return Arrays.equals(blob, mark);
    }

    /** The value for which the mark stands. */
    Value value(String column, long row) throws SQLException {
        var query = "SELECT typeof(%1$s) = 'text', octet_length(%1$s) FROM %2$s WHERE %3$s = %4$d"
                .formatted(quoted(column), table, rowid, row);
        try (var statement = connection.createStatement();
                var found = statement.executeQuery(query)) {
            found.next();
            return new Value(quoted(column), row, found.getBoolean(1) ? "TEXT" : "BLOB", found.getLong(2));
        }
    }

    /** One of them, and how much of it is written. */
    final class Value {

        private final String column;
        private final long row;
        private final String type;
        private final long size;
        private long written;

        private Value(String column, long row, String type, long size) {
            this.column = column;
            this.row = row;
            this.type = type;
            this.size = size;
        }

        long size() {
            return size;
        }

        /**
         * Writes its beginning as a literal.
         *
         * @param most so many bytes at most
         * @return how many
         */
        long addFirst(long most, SqlOutput out) throws SQLException, IOException {
            addLiteral(Math.min(most & ~1L, size), out);
            return written;
        }

        /**
         * Writes statements that append the rest, if there is one.
         *
         * @param inserted the rowid that the row has got where this is read back, as an expression
         */
        void addRest(String inserted, SqlOutput out) throws SQLException, IOException {
            while (written < size) {
                out.add("UPDATE " + table + " SET " + column + "=");
                long bytes = Math.min(sizes.perStatement(), size - written);
                if (type.equals("TEXT")) {
                    out.add(column + "||");
                    addLiteral(bytes, out);
                } else {
                    addAppended(bytes, out);
                }
                out.add(" WHERE " + rowid + "=" + inserted + ";\n");
            }
        }

        /** Joined blobs are text, of which UTF-16 drops an odd byte: so one is added to an odd blob, and taken away. */
        private void addAppended(long bytes, SqlOutput out) throws SQLException, IOException {
            out.add("substr(CAST(" + column + "||x'");
            addHex(bytes, out);
            out.add(size % 2 == 0 ? "'" : "00'");
            out.add(" AS BLOB),1," + written + ")");
        }

        private void addLiteral(long bytes, SqlOutput out) throws SQLException, IOException {
            out.add("CAST(x'");
            addHex(bytes, out);
            out.add("' AS " + type + ")");
        }

        private void addHex(long bytes, SqlOutput out) throws SQLException, IOException {
            var query =
                    "SELECT substr(CAST(%s AS BLOB), ?, ?) FROM %s WHERE %s = %d".formatted(column, table, rowid, row);
            try (var statement = connection.prepareStatement(query)) {
                for (long end = written + bytes; written < end; ) {
                    limit.goOn();
                    statement.setLong(1, written + 1);
                    statement.setLong(2, Math.min(sizes.piece(), end - written));
                    try (var found = statement.executeQuery()) {
                        found.next();
                        var piece = found.getBytes(1);
                        out.addHex(piece);
                        written += piece.length;
                    }
                }
            }
        }
    }
}
