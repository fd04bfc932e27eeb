package dev.afterimage.sqlite;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Databases of a few pages whose trees never end: each page of a level has the same one of the next level as child, fifty times,
 * through ten levels. Built by <a href="https://www.sqlite.org/fileformat2.html#b_tree_pages">the format</a>, with nothing in them that
 * is wrong by itself.
 */
final class CircularPages {

    private static final int PAGE_SIZE = 512;
    private static final int FILE_HEADER = 100;
    private static final int LEVELS = 10;
    private static final int CHILDREN = 50;
    private static final byte INTERIOR_TABLE = 5;
    private static final byte LEAF_TABLE = 13;

    /** A table {@code t} of 50 to the power of ten rows, each of which refers to one of them. */
    static Path table(Path file) throws IOException {
        SampleDatabases.create(
                file, "PRAGMA page_size = " + PAGE_SIZE, "CREATE TABLE t (id INTEGER PRIMARY KEY, a REFERENCES t)");
        var leaf = leaf(0, List.of(cell(1, record("x"))));
        write(file, 2, 0, leaf);
        return file;
    }

    /** A schema that tells of the index behind a constraint again and again. */
    static Path schema(Path file) throws IOException {
        SampleDatabases.create(file, "PRAGMA page_size = " + PAGE_SIZE, "CREATE TABLE t (a UNIQUE)");
        write(file, 1, FILE_HEADER, leaf(0, List.of(cell(1, record("index", "sqlite_autoindex_t_1", "t", 3, null)))));
        var bytes = Files.readAllBytes(file);
        var first = leaf(
                0,
                List.of(
                        cell(1, record("table", "t", "t", 2, "CREATE TABLE t (a UNIQUE)")),
                        cell(2, record("index", "sqlite_autoindex_t_1", "t", 3, null))));
        int page = bytes.length / PAGE_SIZE + 1;
        var root = children(FILE_HEADER, page, 4);
        var file2 = ByteBuffer.allocate(bytes.length + PAGE_SIZE).put(bytes).put(first);
        file2.put(FILE_HEADER, root, FILE_HEADER, PAGE_SIZE - FILE_HEADER).putInt(28, page);
        Files.write(file, file2.array());
        return file;
    }

    /** Makes a page the root of such a tree; its other pages are appended. */
    private static void write(Path file, int root, int headerAt, byte[] leaf) throws IOException {
        var before = Files.readAllBytes(file);
        int next = before.length / PAGE_SIZE + 1;
        var pages = ByteBuffer.allocate(before.length + LEVELS * PAGE_SIZE).put(before);
        pages.put((root - 1) * PAGE_SIZE + headerAt, children(headerAt, next, next), headerAt, PAGE_SIZE - headerAt);
        for (int level = 1; level < LEVELS; level++) {
            pages.put(children(0, next + level, next + level));
        }
        pages.put(leaf);
        Files.write(file, pages.putInt(28, pages.capacity() / PAGE_SIZE).array());
    }

    private static byte[] children(int headerAt, int first, int others) {
        var page = ByteBuffer.allocate(PAGE_SIZE);
        int content = PAGE_SIZE - 5 * CHILDREN;
        page.put(headerAt, INTERIOR_TABLE)
                .putShort(headerAt + 3, (short) CHILDREN)
                .putShort(headerAt + 5, (short) content)
                .putInt(headerAt + 8, others);
        for (int child = 0; child < CHILDREN; child++) {
            int cell = content + 5 * child;
            page.putShort(headerAt + 12 + 2 * child, (short) cell);
            page.putInt(cell, child == 0 ? first : others).put(cell + 4, (byte) (child + 1));
        }
        return page.array();
    }

    private static byte[] leaf(int headerAt, List<byte[]> cells) {
        var page = ByteBuffer.allocate(PAGE_SIZE);
        int content = PAGE_SIZE;
        for (int i = 0; i < cells.size(); i++) {
            content -= cells.get(i).length;
            page.put(content, cells.get(i)).putShort(headerAt + 8 + 2 * i, (short) content);
        }
        page.put(headerAt, LEAF_TABLE)
                .putShort(headerAt + 3, (short) cells.size())
                .putShort(headerAt + 5, (short) content);
        return page.array();
    }

    private static byte[] cell(int rowid, byte[] record) {
        return ByteBuffer.allocate(2 + record.length)
                .put((byte) record.length)
                .put((byte) rowid)
                .put(record)
                .array();
    }

    /** Of texts, small numbers and nulls, short enough for lengths of one byte. */
    private static byte[] record(Object... values) {
        var types = new ByteArrayOutputStream();
        var content = new ByteArrayOutputStream();
        for (var value : values) {
            switch (value) {
                case null -> types.write(0);
                case Integer number -> {
                    types.write(1);
                    content.write(number);
                }
                default -> {
                    var text = value.toString().getBytes(StandardCharsets.UTF_8);
                    types.write(13 + 2 * text.length);
                    content.writeBytes(text);
                }
            }
        }
        var record = new ByteArrayOutputStream();
        record.write(types.size() + 1);
        record.writeBytes(types.toByteArray());
        record.writeBytes(content.toByteArray());
        return record.toByteArray();
    }

    private CircularPages() {}
}
