package dev.afterimage.repository.log;

import java.nio.ByteBuffer;

/** Hears of the pages of a segment as they are read. */
@FunctionalInterface
public interface PageVersions {

    /** Whether it wants to hear of a page, as far as it knows by now: what nobody wants need not be unpacked. */
    default boolean wants(long page, long commit) {
        return true;
    }

    /**
     * A page as a transaction has left it; of one page the newest version comes first.
     *
     * @param commit number of the transaction
     * @param content another's when the call returns
     */
    void page(long page, long commit, ByteBuffer content);
}
