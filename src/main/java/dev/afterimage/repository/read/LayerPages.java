package dev.afterimage.repository.read;

import dev.afterimage.repository.format.BlockTable;
import dev.afterimage.repository.format.LayerRef;
import dev.afterimage.repository.format.PageList;
import dev.afterimage.repository.format.SnapshotDamagedException;
import java.util.Collection;

/** Which pages a layer has, block by block. */
public sealed interface LayerPages extends AutoCloseable permits LayerReader, UnpublishedLayer {

    LayerRef layer();

    BlockTable blocks();

    /** @throws SnapshotDamagedException if it is not what was written */
    PageList pageList(int number);

    @Override
    void close();

    /** Closes all of them, whatever closing one throws; that is thrown afterwards. */
    static void closeAll(Collection<? extends LayerPages> layers) {
        RuntimeException failure = null;
        for (var layer : layers) {
            try {
                layer.close();
            } catch (RuntimeException e) {
                if (failure == null) {
                    failure = e;
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
