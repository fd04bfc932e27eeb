package dev.afterimage.repository.read;

import dev.afterimage.repository.Repository;
import dev.afterimage.repository.format.LayerRef;
import dev.afterimage.repository.format.Manifest;
import dev.afterimage.repository.format.SnapshotDamagedException;
import dev.afterimage.repository.format.UnusableSnapshotException;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.storage.LocalStorage;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes a file of a damaged snapshot. First as if the layers that are lost were not needed: when the digest over all pages is
 * the manifest's, they are not. Otherwise from those layers alone that are newer than any that is lost, since nobody knows
 * which pages a lost layer had.
 */
public final class Salvage {

    private final LocalStorage storage;
    private final Manifest manifest;
    private final DamageFound damage = new DamageFound();

    public Salvage(LocalStorage storage, Manifest manifest) {
        this.storage = storage;
        this.manifest = manifest;
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
        try (var reader = new SnapshotReader(manifest, openLayers(false))) {
            var sha256 = reader.copyTo(file, progress);
            return new Salvaged(manifest.pageCount(), List.of(), damage.texts(), sha256);
        }
    }

    private Salvaged writeProvenPages(FileChannel file, PageProgress progress) throws IOException {
        try (var pages = new ProvenPages(manifest, openLayers(true), damage)) {
            var lost = pages.copyTo(file, progress);
            var salvaged = new Salvaged(manifest.pageCount(), lost, damage.texts(), null);
            if (salvaged.lostPageCount() == manifest.pageCount()) {
                throw new SnapshotDamagedException(
                        manifest.id(), null, "none of its pages can be proven: " + salvaged.damage(), null);
            }
            return salvaged;
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
            opened.add(LayerReader.open(storage, manifest, layer));
            return true;
        } catch (UnusableSnapshotException e) {
            damage.add(e);
            return false;
        }
    }
}
