package dev.afterimage.discovery;

import dev.afterimage.catalog.databases.DatabaseFiles;
import dev.afterimage.catalog.databases.DatabasePaths;
import dev.afterimage.catalog.home.Node;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.sqlite.live.SourceSet;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.springframework.stereotype.Component;

/**
 * SQLite files under the roots that nobody has registered, for somebody who begins. Of a file only the first bytes are read, and those
 * that are registered, or were and were removed, are left out.
 */
@Component
public class UnregisteredFiles {

    /** Roots may be as large as a disk, and somebody waits. */
    private static final Duration LONGEST = Duration.ofSeconds(3);

    private static final int MOST = 200;

    private final DatabaseFiles databases;
    private final DatabasePaths paths;
    private final Node node;
    private final Clock clock;

    UnregisteredFiles(DatabaseFiles databases, DatabasePaths paths, Node node, Clock clock) {
        this.databases = databases;
        this.paths = paths;
        this.node = node;
        this.clock = clock;
    }

    /**
     * What was found.
     *
     * @param files by their real paths, in their order
     * @param all whether all of the roots was looked at, and all that was found is here
     */
    public record Found(Set<Path> files, boolean all) {}

    /** Looks for them now, for three seconds at most. */
    public Found find() {
        var end = clock.instant().plus(LONGEST);
        var scan =
                new RunningScan(clock.instant(), Map.of(), () -> clock.instant().isAfter(end));
        for (var root : paths.roots()) {
            var whole = new DiscoverySettings.Directory(root, null, null, null, null, null);
            DirectoryWalk.go(whole, node.ownDirectories(), scan);
        }
        var known = new HashSet<>(databases.registeredPaths());
        known.addAll(databases.removedPaths());
        var files = new TreeSet<Path>();
        for (var candidate : scan.candidates) {
            if (files.size() == MOST || scan.isOver()) {
                return new Found(files, false);
            }
            if (isUnknownDatabase(candidate.file(), known)) {
                files.add(candidate.file());
            }
        }
        return new Found(files, !scan.isOver());
    }

    private boolean isUnknownDatabase(Path file, Set<Path> known) {
        try {
            var real = paths.existing(file.toString());
            return !known.contains(real) && SourceSet.beginsAsDatabase(real);
        } catch (ProblemException e) { // gone, or not for us: nothing to offer
            return false;
        }
    }
}
