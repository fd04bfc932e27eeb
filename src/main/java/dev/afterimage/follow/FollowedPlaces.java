package dev.afterimage.follow;

import dev.afterimage.catalog.databases.DatabasePaths;
import dev.afterimage.catalog.log.LogChains;
import dev.afterimage.catalog.log.LogSegments;
import dev.afterimage.repository.log.Segments;
import java.time.Clock;

/**
 * Where what is taken of followed databases goes.
 *
 * @param objects in the repository
 * @param segments in the catalog
 * @param storing whose threads store
 */
record FollowedPlaces(
        DatabasePaths paths,
        Spool spool,
        Segments objects,
        LogSegments segments,
        LogChains chains,
        Rounds storing,
        Clock clock) {}
