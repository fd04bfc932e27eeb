package dev.afterimage.repository.format;

import java.util.UUID;

/**
 * By which a segment of the log of a database is found.
 *
 * @param chain the segments of which go on from one another without a gap
 * @param firstCommit the number of its first commit, from 1
 */
public record SegmentName(UUID chain, long firstCommit) {}
