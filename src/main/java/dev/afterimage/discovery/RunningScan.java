package dev.afterimage.discovery;

import dev.afterimage.catalog.databases.FoundDatabase;
import dev.afterimage.discovery.LastScan.Skipped;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/** What a scan has come across so far. */
final class RunningScan {

    /** A file that is to be looked at. */
    record Candidate(DiscoverySettings.Directory directory, Path file, Path relative) {}

    private static final int MOST_SKIPPED = 100;

    final List<Candidate> candidates = new ArrayList<>();

    /** By real path: a file that two directories or links lead to is one database. */
    final Map<Path, FoundDatabase> unknown = new LinkedHashMap<>();

    /** By real path: those that are not registered yet, because they may be just passing. */
    final Map<Path, SeenFile> mayPass = new HashMap<>();

    final List<Skipped> skipped = new ArrayList<>();
    long skippedInAll;

    private final Instant startedAt;
    private final Map<Path, SeenFile> before;
    private final BooleanSupplier over;

    /** @param before {@link #mayPass} of the scan before */
    RunningScan(Instant startedAt, Map<Path, SeenFile> before) {
        this(startedAt, before, () -> false);
    }

    /** @param over asked again and again: whether there is no time left */
    RunningScan(Instant startedAt, Map<Path, SeenFile> before, BooleanSupplier over) {
        this.startedAt = startedAt;
        this.before = before;
        this.over = over;
    }

    boolean isOver() {
        return over.getAsBoolean();
    }

    void find(DiscoverySettings.Directory directory, Path file, Path relative) {
        candidates.add(new Candidate(directory, file, relative));
    }

    /** @throws IOException when the file is gone, or cannot be looked at */
    boolean mayPass(Path file) throws IOException {
        var seen = SeenFile.look(file, before.get(file), startedAt);
        if (seen.mayPass(startedAt)) {
            mayPass.put(file, seen);
            return true;
        }
        return false;
    }

    void skip(Path path, String reason) {
        skippedInAll++;
        if (skipped.size() < MOST_SKIPPED) {
            skipped.add(new Skipped(path, reason));
        }
    }
}
