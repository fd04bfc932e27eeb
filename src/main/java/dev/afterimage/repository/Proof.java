package dev.afterimage.repository;

import java.nio.ByteBuffer;

/** The digests of a snapshot's pages, made anew in page order, and held against what the repository says. */
final class Proof {

    private final Manifest manifest;
    private final SnapshotPages snapshot;
    private final Sha256 pageDigest = new Sha256();
    private final Sha256 treeDigest = new Sha256();
    private final Sha256 fileDigest = new Sha256();
    private final byte[] digests;
    private long pages;

    Proof(Manifest manifest, SnapshotPages snapshot) {
        this.manifest = manifest;
        this.snapshot = snapshot;
        this.digests = new byte[Block.pagesPerBlock(manifest.pageSize()) * ShortDigest.SIZE];
    }

    /** Takes in the next pages, which are of one stretch. */
    void add(ByteBuffer bytes) {
        int pageSize = manifest.pageSize();
        int count = bytes.remaining() / pageSize;
        var stretch = snapshot.stretchOf(pages + 1);
        int first = (int) (pages + 1 - stretch.firstPage());
        for (int i = first; i < first + count; i++) {
            pageDigest.truncated(bytes, (i - first) * pageSize, pageSize, digests, i * ShortDigest.SIZE);
            if (!stretch.hasDigest(i, digests)) {
                throw snapshot.damaged(stretch.firstPage() + i);
            }
        }
        treeDigest.update(ByteBuffer.wrap(digests, first * ShortDigest.SIZE, count * ShortDigest.SIZE));
        fileDigest.update(bytes);
        pages += count;
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
            throw new SnapshotDamagedException(
                    manifest.id(), null, "its pages have the %s %s, not %s".formatted(what, found, expected), null);
        }
    }

    long pages() {
        return pages;
    }
}
