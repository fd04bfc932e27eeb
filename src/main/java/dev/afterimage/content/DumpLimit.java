package dev.afterimage.content;

import dev.afterimage.sqlite.QueryTime;
import dev.afterimage.sqlite.live.Refusal;

/**
 * What a file can have: a row takes at least four bytes of it, and a value its length. Only pages that belong to several rows or
 * tables, which no application makes, give more; and they can give more than could ever be written.
 */
final class DumpLimit {

    /** Overflow pages of a value in UTF-16 may be read as UTF-8, which takes half as much again. */
    private static final int MOST_PER_BYTE = 2;

    private final QueryTime time;
    private final long most;
    private long found;

    /** @param fileBytes size of the database file */
    DumpLimit(long fileBytes, QueryTime time) {
        this.time = time;
        this.most = MOST_PER_BYTE * fileBytes;
    }

    /** A piece of a row was read: the time for the next begins. */
    void goOn() {
        time.restart();
    }

    /** @throws dev.afterimage.problem.ProblemException CONTENT_UNREADABLE when these are more rows and values than the file can have */
    void addRow() {
        goOn();
        addValue(1);
    }

    /** @param bytes of a text or blob, as stored */
    void addValue(long bytes) {
        found += bytes;
        if (found > most) {
            throw Refusal.ofContent("it has more rows or longer values than fit in a file of its size", null);
        }
    }
}
