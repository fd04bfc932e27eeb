package dev.afterimage.repository.read;

import dev.afterimage.bytes.Sha256;
import dev.afterimage.bytes.ShortDigest;
import dev.afterimage.repository.format.Block;
import dev.afterimage.repository.format.Manifest;
import dev.afterimage.repository.format.SnapshotDamagedException;
import dev.afterimage.repository.seal.PageDigest;
import dev.afterimage.sqlite.PageProgress;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;

/**
 * Proves what was stored for a snapshot: its pages come out of the new layers as they went in, and of each page of the database a layer
 * has a version, of the digest that the manifest counts. Of layers that others have proven only the page lists are read. For one
 * thread at a time.
 */
public final class StoredProof {

    private final Manifest manifest;
    private final List<LayerReader> layers;

    /** @param layers of the snapshot, in the manifest's order; stay the caller's to close */
    public StoredProof(Manifest manifest, List<LayerReader> layers) {
        this.manifest = manifest;
        this.layers = layers;
    }

    /**
     * Reads and proves.
     *
     * @param unproven those of which the pages are read
     * @param progress told of pages of these; may throw to stop
     * @throws SnapshotDamagedException if anything is not what was written, or a page is in no layer
     */
    public void run(Collection<LayerReader> unproven, PageProgress progress) {
        requireWritten(unproven, progress);
        requireEachPage();
    }

    /**
     * Reads layers back from their first byte to their last, and proves that their pages are those that were put into them.
     *
     * @param progress told of pages; may throw to stop
     * @throws SnapshotDamagedException if anything is not what was written
     */
    public static void requireWritten(Collection<LayerReader> layers, PageProgress progress) {
        long total = layers.stream().mapToLong(layer -> layer.layer().pages()).sum();
        long done = 0;
        try (var arena = Arena.ofShared()) {
            var pages = arena.allocate(Block.BYTES).asByteBuffer();
            for (var layer : layers) {
                try (var decoder = new BlockDecoder(layer.newParts())) {
                    var pageDigest = layer.newPageDigest();
                    layer.requireHeader();
                    for (int block = 0; block < layer.blocks().blocks(); block++) {
                        progress.pages(done, total);
                        decoder.decode(layer, block, pages);
                        requireDigests(layer, block, pages, pageDigest);
                        done += layer.blocks().pages(block);
                    }
                    layer.isRead();
                }
            }
        }
        progress.pages(total, total);
    }

    private static void requireDigests(LayerReader layer, int block, ByteBuffer pages, PageDigest pageDigest) {
        var list = layer.pageList(block);
        var stored = new byte[ShortDigest.SIZE];
        var found = new byte[ShortDigest.SIZE];
        for (int slot = 0; slot < layer.blocks().pages(block); slot++) {
            list.copyDigest(slot, stored, 0);
            pageDigest.digest(pages, slot * layer.pageSize(), layer.pageSize(), found, 0);
            if (!Arrays.equals(found, stored)) {
                throw layer.damaged("page %d is not what was captured".formatted(list.number(slot)), null);
            }
        }
    }

    private void requireEachPage() {
        var treeDigest = new Sha256();
        try (var pages = new SnapshotPages(manifest, layers)) {
            var stretch = pages.newStretch();
            for (long done = 0; done < manifest.pageCount(); done += stretch.pages()) {
                pages.find(done + 1, stretch);
                treeDigest.update(ByteBuffer.wrap(stretch.digests(), 0, stretch.pages() * ShortDigest.SIZE));
            }
        }
        if (!treeDigest.hex().equals(manifest.treeDigest())) {
            throw new SnapshotDamagedException(
                    manifest.id(), null, "its layers have other pages than were captured", null);
        }
    }
}
