package dev.afterimage.follow;

import dev.afterimage.catalog.databases.DatabasePaths;
import dev.afterimage.catalog.log.LogChains;
import dev.afterimage.catalog.log.LogSegments;
import dev.afterimage.copies.LogCopies;
import dev.afterimage.repository.log.Segments;
import java.time.Clock;

/**
 * Where what is taken of followed databases goes.
 *
 * @param objects in the repository
 * @param segments in the catalog
 * @param records who completes these
 * @param copies get each segment soon, too
 * @param copying whose thread gives it to the copies: a slow one must not hold up what is stored
 * @param storing whose threads store
 */
record FollowedPlaces(
        DatabasePaths paths,
        Spool spool,
        Segments objects,
        LogSegments segments,
        LogChains chains,
        LogRecords records,
        LogCopies copies,
        Rounds copying,
        Rounds storing,
        Clock clock) {}
