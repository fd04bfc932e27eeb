package dev.afterimage.repository.seal;

import dev.afterimage.bytes.ShortDigest;
import dev.afterimage.repository.format.LayerHeader;
import java.nio.ByteBuffer;

/** Proves the parts of layers, and in a sealed repository hides them. They are as long stored as before. For one thread at a time. */
public interface LayerParts {

    /**
     * Makes a part be as it is stored, in its place.
     *
     * @param layer in which it is to be; no two parts of it have the same kind and number
     * @param bytes from the buffer's position to its limit, which both stay
     * @return what proves it, which is stored elsewhere
     */
    ShortDigest seal(LayerHeader layer, Part part, int number, ByteBuffer bytes);

    /**
     * Makes a stored part be as it was before, in its place.
     *
     * @return false when it is not what was sealed as that part of that layer; then the bytes may be anything
     */
    boolean open(LayerHeader layer, Part part, int number, ByteBuffer bytes, ShortDigest proof);
}
