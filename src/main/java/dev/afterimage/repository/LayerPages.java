package dev.afterimage.repository;

/** Which pages a layer has, block by block. */
sealed interface LayerPages extends AutoCloseable permits LayerReader, UnpublishedLayer {

    LayerRef layer();

    int blocks();

    /** @param number of the block, from 0 */
    BlockEntry block(int number);

    /** @throws SnapshotDamagedException if it is not what was written */
    PageList pageList(int number);

    @Override
    void close();
}
