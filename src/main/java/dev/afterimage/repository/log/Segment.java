package dev.afterimage.repository.log;

import dev.afterimage.repository.format.SegmentName;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What is in a segment of the log, but for its pages; see {@code docs/repository-format.md}, "Log segment".
 *
 * @param chain the segments of which go on from one another without a gap
 * @param previous where the one before ends; null in the first that a database has
 * @param continuity how this one goes on from it
 * @param firstCommit its number; those after it are consecutive
 * @param pageSize of the database, in bytes
 */
public record Segment(
        UUID databaseId,
        UUID chain,
        @Nullable End previous,
        Continuity continuity,
        int pageSize,
        long firstCommit,
        List<Commit> commits) {

    /** How a segment goes on from the one before. */
    public enum Continuity {
        /** It is of the same chain: without a gap. */
        CONTINUED,
        /** There is none, or what came before it is no matter of this database. */
        BEGUN,
        /** Commits between the two are missing. */
        GAP,
        /** Commits at the end of the one before are not in the database any more. */
        FORK
    }

    /**
     * The last commit of a segment, which says where that ends whatever it is merged into.
     *
     * @param commit its number
     */
    public record End(UUID chain, long commit) {}

    /**
     * A transaction.
     *
     * @param takenAt when it was taken, to the millisecond: soon after it was committed
     * @param pageCount pages of the database after it
     * @param frames pages that it wrote
     * @param schemaChanged whether it changed the schema
     */
    public record Commit(Instant takenAt, long pageCount, int frames, boolean schemaChanged) {}

    static final byte[] MAGIC = "AIMGLOG1".getBytes(StandardCharsets.US_ASCII);

    static final int HEADER_SIZE = 88;
    static final int COMMIT_SIZE = 20;
    static final int FRAME_SIZE = 8;

    private static final int DATABASE = 8;
    private static final int CHAIN = 24;
    private static final int PREVIOUS_CHAIN = 40;
    private static final int PREVIOUS_COMMIT = 56;
    private static final int CONTINUITY = 64;
    private static final int PAGE_SIZE = 68;
    private static final int FIRST_COMMIT = 72;
    private static final int COMMITS = 80;
    private static final int FRAMES = 84;

    private static final int SCHEMA_CHANGED = 1;

    /** Pages that are packed together: fewer take more room, and of more, more are unpacked that nobody wants. */
    private static final int TOGETHER_BYTES = 256 << 10;

    public Segment {
        commits = List.copyOf(commits);
        if (commits.isEmpty()) {
            throw new IllegalArgumentException("no commit");
        }
    }

    public SegmentName name() {
        return new SegmentName(chain, firstCommit, lastCommit());
    }

    public long lastCommit() {
        return firstCommit + commits.size() - 1;
    }

    /** Pages that it has, each version of a page counted. */
    public int frames() {
        return commits.stream().mapToInt(Commit::frames).sum();
    }

    /** How many pages each part has but for the last one, which may have less. */
    int framesTogether() {
        return TOGETHER_BYTES / pageSize;
    }

    /** The page that a frame has. */
    long page(ByteBuffer frames, int frame) {
        return Integer.toUnsignedLong(frames.getInt(frame * FRAME_SIZE));
    }

    /** The commit that has written it. */
    long commit(ByteBuffer frames, int frame) {
        return firstCommit + frames.getInt(frame * FRAME_SIZE + Integer.BYTES);
    }

    /** The header and the table of commits. */
    ByteBuffer toBytes() {
        var bytes = ByteBuffer.allocate(HEADER_SIZE + commits.size() * COMMIT_SIZE);
        bytes.put(0, MAGIC);
        put(bytes, DATABASE, databaseId);
        put(bytes, CHAIN, chain);
        if (previous != null) {
            put(bytes, PREVIOUS_CHAIN, previous.chain());
            bytes.putLong(PREVIOUS_COMMIT, previous.commit());
        }
        bytes.putInt(CONTINUITY, continuity.ordinal());
        bytes.putInt(PAGE_SIZE, pageSize);
        bytes.putLong(FIRST_COMMIT, firstCommit);
        bytes.putInt(COMMITS, commits.size());
        bytes.putInt(FRAMES, frames());
        bytes.position(HEADER_SIZE);
        for (var commit : commits) {
            bytes.putLong(commit.takenAt().toEpochMilli())
                    .putInt((int) commit.pageCount())
                    .putInt(commit.frames())
                    .putInt(commit.schemaChanged() ? SCHEMA_CHANGED : 0);
        }
        return bytes.flip();
    }

    private static void put(ByteBuffer bytes, int offset, UUID id) {
        bytes.putLong(offset, id.getMostSignificantBits());
        bytes.putLong(offset + Long.BYTES, id.getLeastSignificantBits());
    }

    /**
     * How many bytes the table of commits has.
     *
     * @param header of which all is there
     * @throws IllegalArgumentException when it is none
     */
    static int commitBytes(ByteBuffer header) {
        var magic = new byte[MAGIC.length];
        header.get(0, magic);
        int commits = header.getInt(COMMITS);
        if (!Arrays.equals(magic, MAGIC) || commits <= 0 || commits > (Integer.MAX_VALUE - HEADER_SIZE) / COMMIT_SIZE) {
            throw new IllegalArgumentException("it is no segment of a log");
        }
        return commits * COMMIT_SIZE;
    }

    /** @throws IllegalArgumentException when it is none */
    static Segment parse(ByteBuffer header, ByteBuffer commitTable) {
        int continuity = header.getInt(CONTINUITY);
        if (continuity < 0 || continuity >= Continuity.values().length) {
            throw new IllegalArgumentException("it goes on in an unknown way");
        }
        var commits = new ArrayList<Commit>();
        while (commitTable.hasRemaining()) {
            commits.add(new Commit(
                    Instant.ofEpochMilli(commitTable.getLong()),
                    Integer.toUnsignedLong(commitTable.getInt()),
                    commitTable.getInt(),
                    (commitTable.getInt() & SCHEMA_CHANGED) != 0));
        }
        long previous = header.getLong(PREVIOUS_COMMIT);
        var segment = new Segment(
                uuid(header, DATABASE),
                uuid(header, CHAIN),
                previous == 0 ? null : new End(uuid(header, PREVIOUS_CHAIN), previous),
                Continuity.values()[continuity],
                header.getInt(PAGE_SIZE),
                header.getLong(FIRST_COMMIT),
                commits);
        if (segment.frames() != header.getInt(FRAMES)) {
            throw new IllegalArgumentException("its commits have not as many pages as it has");
        }
        return segment;
    }

    private static UUID uuid(ByteBuffer bytes, int offset) {
        return new UUID(bytes.getLong(offset), bytes.getLong(offset + Long.BYTES));
    }
}
