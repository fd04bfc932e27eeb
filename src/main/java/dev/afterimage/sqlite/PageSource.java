package dev.afterimage.sqlite;

import java.nio.ByteBuffer;

/** The pages of a database, readable in any order. Safe for several threads. */
public interface PageSource {

    /** Bytes per page, a power of two from 512 to 65536. */
    int pageSize();

    /** Pages of the database, at least 1. */
    long pageCount();

    /**
     * Fills the buffer with consecutive pages. A page that the file ends before is all zeros, as SQLite has it.
     *
     * @param firstPage number of the first, from 1
     * @param buffer with room for a whole number of pages, the last of them not behind {@link #pageCount()}; afterwards its
     *     position is at its limit
     */
    void read(long firstPage, ByteBuffer buffer);

    /**
     * Whether a page may be another than in the earlier state that its reader compares with; false only where the application's commits
     * since then are known, and are not about that page. A file that was written by others, outside of SQLite, does not tell.
     */
    default boolean mayHaveChanged(long page) {
        return true;
    }
}
