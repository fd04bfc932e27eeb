package dev.afterimage.repository;

import dev.afterimage.sqlite.PageSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A database in memory whose pages tests change: the plain copy that snapshots are compared with. */
public final class PageArrays implements PageSource {

    private final int pageSize;
    private final List<byte[]> pages = new ArrayList<>();

    PageArrays(int pageSize) {
        this.pageSize = pageSize;
    }

    /** With pages of any content; the first is a header. */
    public static PageArrays of(int pageSize, int pageCount, long seed) {
        var pages = new PageArrays(pageSize);
        pages.resize(pageCount, seed);
        return pages;
    }

    /** The pages of a file. */
    static PageArrays read(Path file) throws IOException {
        var bytes = ByteBuffer.wrap(Files.readAllBytes(file));
        var pages = new PageArrays(bytes.getShort(16));
        while (bytes.hasRemaining()) {
            var page = new byte[pages.pageSize];
            bytes.get(page);
            pages.pages.add(page);
        }
        return pages;
    }

    /** Cuts off pages, or appends some of any content. */
    public void resize(int pageCount, long seed) {
        while (pages.size() > pageCount) {
            pages.removeLast();
        }
        while (pages.size() < pageCount) {
            pages.add(new byte[0]);
            write(pages.size(), seed);
        }
    }

    /** Gives a page another content, the same for the same seed. */
    public void write(int page, long seed) {
        var bytes = ByteBuffer.allocate(pageSize);
        new Random(seed * 1_000_003 + page).nextBytes(bytes.array());
        for (int i = pageSize / 3; i < pageSize; i++) {
            bytes.put(i, (byte) ('a' + seed % 20));
        }
        if (page == 1) {
            DatabaseFiles.putHeader(bytes);
        }
        pages.set(page - 1, bytes.array());
    }

    public PageArrays copy() {
        var copy = new PageArrays(pageSize);
        copy.pages.addAll(pages);
        return copy;
    }

    public byte[] bytes() {
        var bytes = ByteBuffer.allocate(pages.size() * pageSize);
        pages.forEach(bytes::put);
        return bytes.array();
    }

    Path toFile(Path file) throws IOException {
        return Files.write(file, bytes());
    }

    @Override
    public int pageSize() {
        return pageSize;
    }

    @Override
    public long pageCount() {
        return pages.size();
    }

    @Override
    public void read(long firstPage, ByteBuffer buffer) {
        for (int page = (int) firstPage; buffer.hasRemaining(); page++) {
            buffer.put(pages.get(page - 1));
        }
    }
}
