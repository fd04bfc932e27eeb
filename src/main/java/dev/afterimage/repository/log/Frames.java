package dev.afterimage.repository.log;

import java.nio.ByteBuffer;

/** The pages of a segment before it is stored: by page, the newest version of each first, because versions of a page are much alike. */
public interface Frames {

    int count();

    /** Number of the page that a frame has. */
    long page(int frame);

    /** Which of the segment's commits wrote it, from 0. */
    int commit(int frame);

    /** Fills the buffer, which has room for exactly a page. */
    void read(int frame, ByteBuffer page);
}
