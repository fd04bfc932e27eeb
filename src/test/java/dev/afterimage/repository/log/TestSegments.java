package dev.afterimage.repository.log;

import dev.afterimage.repository.format.ObjectKeys;
import dev.afterimage.repository.format.SegmentName;
import dev.afterimage.repository.log.Segment.Commit;
import dev.afterimage.repository.log.Segment.Continuity;
import dev.afterimage.repository.seal.Vault;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.UUID;

/** Segments of which each has two commits, and pages of bytes that nothing compresses. */
public final class TestSegments {

    private static final int PAGE_SIZE = 1024;

    private TestSegments() {}

    /** Stores one. */
    public static SegmentName put(Vault vault, UUID databaseId, UUID chain, long firstCommit) {
        return put(vault, databaseId, chain, firstCommit, 4).name();
    }

    /** @param pages that its two commits have written, the second of them one */
    static Segment put(Vault vault, UUID databaseId, UUID chain, long firstCommit, int pages) {
        var segment = new Segment(
                databaseId,
                chain,
                firstCommit == 1 ? null : new Segment.End(chain, firstCommit - 1),
                firstCommit == 1 ? Continuity.BEGUN : Continuity.CONTINUED,
                PAGE_SIZE,
                firstCommit,
                List.of(
                        new Commit(Instant.ofEpochSecond(firstCommit), pages, pages - 1, false),
                        new Commit(Instant.ofEpochSecond(firstCommit + 1), pages, 1, true)));
        new Segments(vault).put(segment, new OfTest(firstCommit, pages));
        return segment;
    }

    /** Makes one of several, which stay. */
    public static SegmentName merge(Vault vault, UUID databaseId, Path staging, SegmentName... parts) {
        var segments = new Segments(vault);
        var stored = segments.all(databaseId).stream()
                .filter(one -> List.of(parts).contains(one.name()))
                .toList();
        return Merged.of(databaseId, stored, segments, staging).segment().name();
    }

    /** Reads one as it is, also where none is listed. */
    public static Segment read(Segments segments, UUID databaseId, SegmentName name, PageVersions pages) {
        var stored = segments.all(databaseId).stream()
                .filter(one -> one.name().equals(name))
                .findAny()
                .orElse(new Segments.Stored(name, 1000));
        try (var segment = segments.open(databaseId, stored)) {
            segment.read(pages, Runnable::run);
            return segment.segment();
        }
    }

    public static String key(UUID databaseId, SegmentName name) {
        return ObjectKeys.segment(databaseId, name);
    }

    /** The name of one of these. */
    public static SegmentName name(UUID chain, long firstCommit) {
        return new SegmentName(chain, firstCommit, firstCommit + 1);
    }

    /** Those that are to be read. */
    static List<Segments.Stored> current(Segments segments, UUID databaseId) {
        var all = segments.all(databaseId);
        var current =
                SegmentName.current(all.stream().map(Segments.Stored::name).toList());
        return all.stream().filter(one -> current.contains(one.name())).toList();
    }

    /** The names of those that are to be read. */
    public static List<SegmentName> names(Segments segments, UUID databaseId) {
        return current(segments, databaseId).stream().map(Segments.Stored::name).toList();
    }

    private record OfTest(long firstCommit, int count) implements Frames {

        @Override
        public long page(int frame) {
            return frame + 1;
        }

        @Override
        public int commit(int frame) {
            return frame == count - 1 ? 1 : 0;
        }

        @Override
        public void read(int frame, ByteBuffer page) {
            var random = new byte[page.remaining()];
            new Random(firstCommit * count + frame).nextBytes(random);
            page.put(random);
        }
    }
}
