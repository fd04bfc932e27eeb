package dev.afterimage.repository;

import java.nio.ByteBuffer;

/** The digests of a snapshot's pages, made anew in page order, and held against what the repository says. */
final class Proof {

    private final Manifest manifest;
    private final LayerReader layer;
    private final Sha256 pageDigest = new Sha256();
    private final Sha256 treeDigest = new Sha256();
    private final Sha256 fileDigest = new Sha256();
    private long pages;

    Proof(Manifest manifest, LayerReader layer) {
        this.manifest = manifest;
        this.layer = layer;
    }

    /** Takes in the next block. */
    void add(PageList list, ByteBuffer block) {
        int pageSize = manifest.pageSize();
        fileDigest.update(block);
        var digests = ByteBuffer.allocate(block.limit() / pageSize * ShortDigest.SIZE);
        for (int slot = 0; slot < block.limit() / pageSize; slot++) {
            pages++;
            var digest = pageDigest.truncated(block.slice(slot * pageSize, pageSize));
            if (list.number(slot) != pages || !list.digest(slot).equals(digest)) {
                throw layer.damaged("page %d is not the one in its index".formatted(pages), null);
            }
            digest.put(digests);
        }
        treeDigest.update(digests.flip());
    }

    /** Holds the whole against the manifest, and returns the SHA-256 of the file in hexadecimal. */
    String finish() {
        require("tree digest", treeDigest.hex(), manifest.treeDigest());
        var found = fileDigest.hex();
        var sha256 = manifest.sha256();
        if (sha256 != null) {
            require("SHA-256", found, sha256);
        }
        return found;
    }

    private void require(String what, String found, String expected) {
        if (!found.equals(expected)) {
            throw layer.damaged("its pages have the %s %s, not %s".formatted(what, found, expected), null);
        }
    }

    long pages() {
        return pages;
    }
}
