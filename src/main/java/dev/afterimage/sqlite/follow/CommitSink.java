package dev.afterimage.sqlite.follow;

import java.nio.ByteBuffer;

/**
 * Takes what is committed, in the order of the commits: the pages that a transaction wrote, one or several times each, the last time
 * counting, then its commit. Called by one thread at a time. What it throws ends the turn: the same is then offered once more from the
 * last {@link #durable} on, after {@link #undo}.
 */
public interface CommitSink {

    /**
     * A page that the transaction wrote. One behind the pages that the database has after its commit is none of it.
     *
     * @param number from 1
     * @param content read between its position and its limit; another's when the call returns
     */
    void page(long number, ByteBuffer content);

    /**
     * Ends a transaction.
     *
     * @param pageCount of the database after it
     */
    void commit(long pageCount);

    /** Makes all that was offered durable, with the position after it: only then is the older state let go of. */
    void durable(WalPosition position);

    /** Forgets what was offered since it was last durable. */
    void undo();
}
