package dev.afterimage.repository.read;

import dev.afterimage.bytes.ShortDigest;
import dev.afterimage.repository.format.Block;
import dev.afterimage.repository.seal.PageDigest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * A stretch of a snapshot on its way into a copy: found, put to its place on a worker's thread, forgotten. Reused for stretch
 * after stretch; up to 1 MiB outside the heap.
 */
final class CopiedStretch implements AutoCloseable {

    private final List<LayerReader> layers;
    private final int pageSize;
    private final Arena arena = Arena.ofShared();
    private final PageDigest pageDigest;
    private final Stretch place;
    private final List<LayerBlocks.Decompressed> blocks = new ArrayList<>();
    private @Nullable ByteBuffer gathered;
    private @Nullable Future<ByteBuffer> pages;

    /** @param place for the caller to find */
    CopiedStretch(List<LayerReader> layers, int pageSize, Stretch place) {
        this.layers = layers;
        this.pageDigest = layers.getFirst().newPageDigest();
        this.pageSize = pageSize;
        this.place = place;
    }

    Stretch place() {
        return place;
    }

    /**
     * Has its pages put to their place by a worker.
     *
     * @param each whether each page is proven before, by its own digest
     */
    void begin(LayerBlocks decompressed, boolean each, PageTarget target, Workers workers) {
        for (int i = 0; i < place.pages(); i += place.together(i)) {
            blocks.add(decompressed.use(place.layer(i), place.block(i)));
        }
        pages = workers.submit(() -> put(each, target));
    }

    private ByteBuffer put(boolean each, PageTarget target) {
        blocks.forEach(LayerBlocks.Decompressed::begin);
        var all = blocks.size() == 1 ? part(0, 0) : gather();
        if (each) {
            proveEach(all);
        }
        try {
            target.write(all.duplicate(), (place.firstPage() - 1) * pageSize);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return all;
    }

    /** Of a block that has no other pages than the stretch, most stay where they are. Nobody needs it afterwards. */
    private ByteBuffer gather() {
        var own = blockOfStretch();
        var all = own == null ? buffer() : own.await();
        for (int i = 0, part = 0; i < place.pages(); i += place.together(i), part++) {
            if (blocks.get(part) != own) {
                var pages = part(part, i);
                all.put(i * pageSize, pages, 0, pages.limit());
            }
        }
        return all;
    }

    private LayerBlocks.@Nullable Decompressed blockOfStretch() {
        for (int i = 0, part = 0; i < place.pages(); i += place.together(i), part++) {
            var table = layers.get(place.layer(i)).blocks();
            int number = place.block(i);
            if (table.firstPage(number) == place.firstPage()
                    && table.lastPage(number) == place.lastPage()
                    && table.pages(number) == place.pages()) {
                return blocks.get(part);
            }
        }
        return null;
    }

    private ByteBuffer buffer() {
        if (gathered == null) {
            gathered = arena.allocate(Block.BYTES).asByteBuffer();
        }
        return gathered.clear().limit(place.pages() * pageSize);
    }

    /** The pages from {@code i} on that lie together in one block. */
    private ByteBuffer part(int block, int i) {
        return place.part(i, blocks.get(block).await(), pageSize);
    }

    private void proveEach(ByteBuffer all) {
        var digests = new byte[place.pages() * ShortDigest.SIZE];
        for (int i = 0; i < place.pages(); i++) {
            pageDigest.digest(all, i * pageSize, pageSize, digests, i * ShortDigest.SIZE);
            if (!place.hasDigest(i, digests)) {
                throw layers.get(place.layer(i))
                        .damaged("page %d is not the one in its index".formatted(place.firstPage() + i), null);
            }
        }
    }

    /**
     * Waits until they are there.
     *
     * @return its pages, till {@link #end}
     * @throws IOException when the target cannot be written
     */
    ByteBuffer await() throws IOException {
        try {
            return Workers.await(Objects.requireNonNull(pages, "it has begun"));
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /** Lets its blocks go. */
    void end(LayerBlocks decompressed) {
        blocks.forEach(decompressed::release);
        blocks.clear();
    }

    @Override
    public void close() {
        arena.close();
    }
}
