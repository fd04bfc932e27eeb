package dev.afterimage.repository.format;

import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.UUID;

/**
 * By which a segment of the log of a database is found. It says which commits are in it, so a list tells what is missing, and which segments took the
 * place of others.
 *
 * @param chain the segments of which go on from one another without a gap
 * @param firstCommit the number of its first commit, from 1
 * @param lastCommit the number of its last commit
 */
public record SegmentName(UUID chain, long firstCommit, long lastCommit) implements Comparable<SegmentName> {

    private static final Comparator<SegmentName> ORDER = Comparator.comparingLong(SegmentName::firstCommit)
            .thenComparing(Comparator.comparingLong(SegmentName::lastCommit).reversed())
            .thenComparing(SegmentName::chain);

    public SegmentName {
        if (firstCommit < 1 || lastCommit < firstCommit) {
            throw new IllegalArgumentException(
                    "commits %d to %d are not those of a segment".formatted(firstCommit, lastCommit));
        }
    }

    /** By their commits: what comes first is needed to go on from it. Which has all of another comes before it. */
    @Override
    public int compareTo(SegmentName other) {
        return ORDER.compare(this, other);
    }

    /** Whether it has all commits of another one, and so takes its place. */
    public boolean replaces(SegmentName other) {
        return chain.equals(other.chain)
                && firstCommit <= other.firstCommit
                && lastCommit >= other.lastCommit
                && !equals(other);
    }

    /** Whether segments have, together, all commits of another one. */
    public static boolean cover(Collection<SegmentName> segments, SegmentName wanted) {
        long next = wanted.firstCommit;
        for (var name : new TreeSet<>(segments)) {
            if (name.chain.equals(wanted.chain) && name.firstCommit <= next && name.lastCommit >= next) {
                next = name.lastCommit + 1;
            }
        }
        return next > wanted.lastCommit;
    }

    /** Those whose place no other of them takes, in their order. */
    public static List<SegmentName> current(Collection<SegmentName> all) {
        var widest = new HashMap<UUID, SegmentName>();
        return new TreeSet<>(all)
                .stream().filter(name -> isCurrent(name, widest)).toList();
    }

    private static boolean isCurrent(SegmentName name, Map<UUID, SegmentName> widest) {
        var before = widest.get(name.chain);
        if (before != null && before.replaces(name)) {
            return false;
        }
        widest.put(name.chain, name);
        return true;
    }
}
