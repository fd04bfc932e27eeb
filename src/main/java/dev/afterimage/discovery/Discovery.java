package dev.afterimage.discovery;

import dev.afterimage.catalog.databases.DatabaseFiles;
import dev.afterimage.catalog.databases.DatabasePaths;
import dev.afterimage.catalog.databases.Databases;
import dev.afterimage.catalog.databases.FoundDatabase;
import dev.afterimage.catalog.home.Node;
import dev.afterimage.discovery.RunningScan.Candidate;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.sqlite.live.SourceSet;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Registers the SQLite files that lie in watched directories, and notices which registered files are gone. */
@Component
public class Discovery {

    private final DatabaseFiles databases;
    private final DatabasePaths paths;
    private final DiscoverySettings settings;
    private final Node node;
    private final Clock clock;
    private volatile @Nullable LastScan last;
    private Map<Path, SeenFile> seenBefore = Map.of();

    Discovery(DatabaseFiles databases, DatabasePaths paths, DiscoverySettings settings, Node node, Clock clock) {
        this.databases = databases;
        this.paths = paths;
        this.settings = settings;
        this.node = node;
        this.clock = clock;
    }

    /** Empty before the first one has ended. */
    public Optional<LastScan> last() {
        return Optional.ofNullable(last);
    }

    /** Dying meanwhile leaves what was registered so far; the next scan registers the rest. */
    synchronized LastScan scan() {
        var startedAt = clock.instant();
        var scan = new RunningScan(startedAt, seenBefore);
        settings.directories().forEach(directory -> DirectoryWalk.go(directory, node.ownDirectories(), scan));
        var registered = databases.registeredPaths();
        var removed = databases.removedPaths();
        scan.candidates.forEach(candidate -> judge(candidate, registered, removed, scan));
        seenBefore = Map.copyOf(scan.mayPass);
        databases.addAll(List.copyOf(scan.unknown.values()));
        long missing = databases.noteMissing();
        var ended = new LastScan(
                startedAt,
                clock.instant(),
                scan.candidates.size(),
                scan.unknown.size(),
                missing,
                scan.skippedInAll,
                List.copyOf(scan.skipped));
        last = ended;
        return ended;
    }

    private void judge(Candidate candidate, Set<Path> registered, Set<Path> removed, RunningScan scan) {
        try {
            var file = paths.existing(candidate.file().toString());
            if (registered.contains(file)) {
                return;
            }
            if (removed.contains(file)) {
                scan.skip(candidate.file(), "it was registered before, and removed; register it by hand");
            } else if (!SourceSet.beginsAsDatabase(file)) {
                scan.skip(candidate.file(), "it does not begin as an SQLite database does");
            } else if (scan.mayPass(file)) {
                scan.skip(candidate.file(), "it is new, or has just changed; a later scan registers it if it stays");
            } else {
                scan.unknown.putIfAbsent(file, found(candidate, file));
            }
        } catch (IOException e) {
            scan.skip(candidate.file(), "it cannot be read: " + e);
        } catch (ProblemException e) { // it is told with the scan; the others are looked at all the same
            scan.skip(candidate.file(), String.valueOf(e.getMessage()));
        }
    }

    private static FoundDatabase found(Candidate candidate, Path file) {
        var directory = candidate.directory();
        var labels = new HashMap<>(directory.labels());
        labels.put(Databases.DISCOVERED, directory.path().toString());
        var name = new NamePattern(directory.name()).name(candidate.relative());
        return new FoundDatabase(name, file, Map.copyOf(labels), directory.maxAge());
    }
}
