package dev.afterimage.repository.log;

import java.nio.ByteBuffer;

/** Hears of the pages of a segment as they are read. */
@FunctionalInterface
public interface PageVersions {

    /**
     * A page as a transaction has left it; of one page the newest version comes first.
     *
     * @param commit number of the transaction
     * @param content another's when the call returns
     */
    void page(long page, long commit, ByteBuffer content);
}
