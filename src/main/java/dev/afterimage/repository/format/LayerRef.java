package dev.afterimage.repository.format;

/**
 * A layer as a manifest names it, with what is needed to prove it.
 *
 * @param id SHA-256 of the whole layer file, in hexadecimal; its name in the repository
 * @param bytes size of the layer file
 * @param indexDigest SHA-256 of the layer's header, block table and footer, in hexadecimal
 * @param pages pages in the layer
 */
public record LayerRef(String id, long bytes, String indexDigest, long pages) {

    private static final int SMALLEST = LayerHeader.SIZE + BlockEntry.SIZE + LayerFooter.SIZE;

    public LayerRef {
        Manifest.requireSha256(id, "layer id");
        Manifest.requireSha256(indexDigest, "indexDigest");
        if (bytes < SMALLEST || pages < 1) {
            throw new IllegalArgumentException("A layer of %d bytes with %d pages".formatted(bytes, pages));
        }
    }
}
