package dev.afterimage.repository.read;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Where the pages of a snapshot are put when all of it is copied. */
@FunctionalInterface
public interface PageTarget {

    /** For who wants the proof alone. */
    PageTarget NOWHERE = (pages, position) -> {};

    /**
     * Puts all remaining bytes to their place. Called by several threads at a time, each time for another place.
     *
     * @param position of the first byte, as in the database file
     */
    void write(ByteBuffer pages, long position) throws IOException;
}
