package dev.afterimage.repository;

/** Which pages a layer has, block by block. */
sealed interface LayerPages permits LayerReader, UnpublishedLayer {

    int blocks();

    /** @param number of the block, from 0 */
    BlockEntry block(int number);

    /** @throws SnapshotDamagedException if it is not what was written */
    PageList pageList(int number);
}
