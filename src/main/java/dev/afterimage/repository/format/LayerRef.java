package dev.afterimage.repository.format;

import java.util.Objects;
import java.util.UUID;

/**
 * A layer as a manifest names it, with what is needed to prove it.
 *
 * @param id its name in the repository, random
 * @param bytes size of the layer
 * @param indexBytes how many of these, at the end, are its page lists, block table and footer: where it has what
 * @param indexDigest SHA-256 of the layer's header, block table and footer, in hexadecimal
 * @param pages pages in the layer
 */
public record LayerRef(UUID id, long bytes, long indexBytes, String indexDigest, long pages) {

    private static final int SMALLEST_INDEX = BlockEntry.SIZE + LayerFooter.SIZE;

    public LayerRef {
        Objects.requireNonNull(id, "id");
        Manifest.requireSha256(indexDigest, "indexDigest");
        if (indexBytes < SMALLEST_INDEX || bytes < LayerHeader.SIZE + indexBytes || pages < 1) {
            throw new IllegalArgumentException(
                    "A layer of %d bytes, %d of them its index, with %d pages".formatted(bytes, indexBytes, pages));
        }
    }
}
