package dev.afterimage.repository.read;

import dev.afterimage.repository.Repository;
import dev.afterimage.repository.format.Block;
import dev.afterimage.repository.format.LayerRef;
import dev.afterimage.repository.format.Manifest;
import dev.afterimage.repository.format.PageRange;
import dev.afterimage.repository.format.SnapshotDamagedException;
import dev.afterimage.repository.format.UnusableSnapshotException;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.sqlite.PageProgress;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Makes a file of a damaged snapshot. First as if the layers that are lost were not needed: when the digest over all pages is
 * the manifest's, they are not. Otherwise from those layers alone that are newer than any that is lost, since nobody knows
 * which pages a lost layer had.
 */
public final class Salvage {

    private final Vault vault;
    private final Manifest manifest;
    private final LayersInUse.Use use;
    private final DamageFound damage = new DamageFound();

    /** @param use of the layers, which keeps them from being deleted; the caller's to close */
    public Salvage(Vault vault, Manifest manifest, LayersInUse.Use use) {
        this.vault = vault;
        this.manifest = manifest;
        this.use = use;
    }

    /** @see Repository#salvage */
    public Salvaged write(Path file, PageProgress progress) {
        try (var channel = SnapshotFile.create(file)) {
            var salvaged = write(channel, progress);
            channel.force(true);
            return salvaged;
        } catch (IOException e) {
            throw new UnwritableFileException(file, e);
        }
    }

    private Salvaged write(FileChannel file, PageProgress progress) throws IOException {
        try {
            return writeWhole(file, progress);
        } catch (UnusableSnapshotException e) {
            damage.add(e);
            file.truncate(0);
            return writeProvenPages(file, progress);
        }
    }

    private Salvaged writeWhole(FileChannel file, PageProgress progress) throws IOException {
        try (var reader = new SnapshotReader(manifest, openLayers(false), use, Set.of(), null)) {
            var sha256 = reader.proveTo(SnapshotFile.into(file), progress);
            return new Salvaged(manifest.pageCount(), List.of(), damage.texts(), sha256);
        }
    }

    private Salvaged writeProvenPages(FileChannel file, PageProgress progress) throws IOException {
        var layers = openLayers(true);
        try (var blocks = new LayerBlocks(layers)) {
            var lost = copyProvenPages(remainsOf(layers, blocks), file, progress);
            var salvaged = new Salvaged(manifest.pageCount(), lost, damage.texts(), null);
            if (salvaged.lostPageCount() == manifest.pageCount()) {
                throw new SnapshotDamagedException(
                        manifest.id(), null, "none of its pages can be proven: " + salvaged.damage(), null);
            }
            return salvaged;
        } finally {
            LayerPages.closeAll(layers);
        }
    }

    private List<LayerRemains> remainsOf(List<LayerReader> layers, LayerBlocks blocks) {
        return IntStream.range(0, layers.size())
                .mapToObj(number -> new LayerRemains(layers.get(number), number, blocks, damage))
                .toList();
    }

    /** Writes all pages of the snapshot, those that cannot be proven as zeros, and returns which these are. */
    private List<PageRange> copyProvenPages(List<LayerRemains> layers, FileChannel file, PageProgress progress)
            throws IOException {
        int capacity = Block.pagesPerBlock(manifest.pageSize());
        var stretch = new Stretch(capacity);
        var pages = ByteBuffer.allocate(capacity * manifest.pageSize());
        var lost = new ArrayList<PageRange>();
        for (long written = 0; written < manifest.pageCount(); written += stretch.pages()) {
            progress.pages(written, manifest.pageCount());
            stretch.begin(written + 1, (int) Math.min(capacity, manifest.pageCount() - written));
            layers.forEach(layer -> layer.putInto(stretch)); // the oldest first: the newest version of a page stays
            read(stretch, layers, pages.clear(), lost);
            pages.flip();
            while (pages.hasRemaining()) {
                file.write(pages);
            }
        }
        progress.pages(manifest.pageCount(), manifest.pageCount());
        return lost;
    }

    private void read(Stretch stretch, List<LayerRemains> layers, ByteBuffer pages, List<PageRange> lost) {
        for (int i = 0; i < stretch.pages(); i++) {
            if (!stretch.has(i) || !layers.get(stretch.layer(i)).read(stretch.block(i), stretch.slot(i), pages)) {
                PageRange.append(lost, stretch.firstPage() + i);
                pages.put(new byte[manifest.pageSize()]);
            }
        }
    }

    /**
     * The layers whose index is proven, the oldest first.
     *
     * @param newerThanLost only those that are newer than any other
     */
    private List<LayerReader> openLayers(boolean newerThanLost) {
        var opened = new ArrayList<LayerReader>();
        try {
            for (var layer : manifest.layers()) {
                if (!open(layer, opened) && newerThanLost) {
                    LayerPages.closeAll(opened);
                    opened.clear();
                }
            }
            return opened;
        } catch (RuntimeException e) {
            LayerPages.closeAll(opened);
            throw e;
        }
    }

    private boolean open(LayerRef layer, List<LayerReader> opened) {
        try {
            opened.add(LayerReader.open(vault, IndexCache.none(), manifest, layer));
            return true;
        } catch (UnusableSnapshotException e) {
            damage.add(e);
            return false;
        }
    }
}
