package dev.afterimage.repository.log;

import java.nio.ByteBuffer;

/** Takes pages of segments. */
@FunctionalInterface
public interface PageVersions {

    /**
     * Whether it wants a page: what nobody wants need not be unpacked. Asked once of each version, by the thread that reads, of one page the newest version
     * first. A page that it wants it is given later.
     *
     * @param commit number of the transaction
     */
    default boolean wants(long page, long commit) {
        return true;
    }

    /**
     * A page as a transaction has left it. Several threads may call this at the same time.
     *
     * @param content another's when the call returns
     */
    void page(long page, long commit, ByteBuffer content);
}
