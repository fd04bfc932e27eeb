package dev.afterimage.discovery;

import dev.afterimage.catalog.FoundDatabase;
import dev.afterimage.discovery.LastScan.Skipped;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a scan has come across so far. */
final class RunningScan {

    /** A file that is to be looked at. */
    record Candidate(DiscoverySettings.Directory directory, Path file, Path relative) {}

    private static final int MOST_SKIPPED = 100;

    final List<Candidate> candidates = new ArrayList<>();

    /** By real path: a file that two directories or links lead to is one database. */
    final Map<Path, FoundDatabase> unknown = new LinkedHashMap<>();

    final List<Skipped> skipped = new ArrayList<>();
    long skippedInAll;

    void find(DiscoverySettings.Directory directory, Path file, Path relative) {
        candidates.add(new Candidate(directory, file, relative));
    }

    void skip(Path path, String reason) {
        skippedInAll++;
        if (skipped.size() < MOST_SKIPPED) {
            skipped.add(new Skipped(path, reason));
        }
    }
}
