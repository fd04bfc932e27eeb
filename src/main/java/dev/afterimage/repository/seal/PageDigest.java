package dev.afterimage.repository.seal;

import java.nio.ByteBuffer;

/** By which pages are told apart. For one thread at a time. */
@FunctionalInterface
public interface PageDigest {

    /** Puts the digest of some bytes of a buffer, 16 bytes, to a place in an array. */
    void digest(ByteBuffer pages, int start, int length, byte[] target, int at);
}
