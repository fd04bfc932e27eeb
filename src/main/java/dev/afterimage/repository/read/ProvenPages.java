package dev.afterimage.repository.read;

import dev.afterimage.repository.format.Block;
import dev.afterimage.repository.format.Manifest;
import dev.afterimage.repository.format.PageRange;
import dev.afterimage.sqlite.PageProgress;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.List;

/**
 * The pages of a snapshot that can be proven by some of its layers, of which parts may be damaged. For one thread at a
 * time.
 */
final class ProvenPages implements Closeable {

    private final Manifest manifest;
    private final List<LayerReader> layers;
    private final LayerBlocks blocks;
    private final List<LayerRemains> remains = new ArrayList<>();
    private final Stretch stretch;
    private final ByteBuffer pages;
    private final byte[] zeros;

    /**
     * @param layers the newest ones of the snapshot, with none left out between them, the oldest first; closed with this
     * @param damage gets what is found
     */
    ProvenPages(Manifest manifest, List<LayerReader> layers, DamageFound damage) {
        int capacity = Block.pagesPerBlock(manifest.pageSize());
        this.manifest = manifest;
        this.layers = layers;
        this.blocks = new LayerBlocks(layers);
        for (int number = 0; number < layers.size(); number++) {
            remains.add(new LayerRemains(layers.get(number), number, blocks, damage));
        }
        this.stretch = new Stretch(capacity);
        this.pages = ByteBuffer.allocate(capacity * manifest.pageSize());
        this.zeros = new byte[manifest.pageSize()];
    }

    /**
     * Writes all pages of the snapshot, those that cannot be proven as zeros, and returns which these are.
     *
     * @param progress told of pages written; may throw to stop
     */
    List<PageRange> copyTo(WritableByteChannel target, PageProgress progress) throws IOException {
        var lost = new ArrayList<PageRange>();
        for (long written = 0; written < manifest.pageCount(); written += stretch.pages()) {
            progress.pages(written, manifest.pageCount());
            find(written + 1);
            readInto(pages.clear(), lost);
            pages.flip();
            while (pages.hasRemaining()) {
                target.write(pages);
            }
        }
        progress.pages(manifest.pageCount(), manifest.pageCount());
        return lost;
    }

    private void find(long firstPage) {
        long left = manifest.pageCount() - firstPage + 1;
        stretch.begin(firstPage, (int) Math.min(Block.pagesPerBlock(manifest.pageSize()), left));
        remains.forEach(layer -> layer.putInto(stretch));
    }

    private void readInto(ByteBuffer target, List<PageRange> lost) {
        for (int i = 0; i < stretch.pages(); i++) {
            if (!stretch.has(i) || !remains.get(stretch.layer(i)).read(stretch.block(i), stretch.slot(i), target)) {
                PageRange.append(lost, stretch.firstPage() + i);
                target.put(zeros);
            }
        }
    }

    @Override
    public void close() {
        try (blocks) {
            LayerPages.closeAll(layers);
        }
    }
}
