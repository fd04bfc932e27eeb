package dev.afterimage.follow;

import dev.afterimage.bytes.Fsync;
import dev.afterimage.repository.log.Frames;
import dev.afterimage.repository.log.Segment;
import dev.afterimage.repository.log.Segment.Commit;
import dev.afterimage.repository.log.Segment.Continuity;
import dev.afterimage.sqlite.StagingProblem;
import dev.afterimage.sqlite.follow.CommitSink;
import dev.afterimage.sqlite.follow.WalPosition;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * What will be one segment of the log, on this machine: commits in the order in which they were taken, in batches. A batch is durable as a
 * whole with the position behind it, or not there. The file has, in big-endian:
 *
 * <pre>
 * 8  AIMGSPL1
 * 2  length of the JSON that follows: which segment this is
 * then records, each with a head of 16 bytes:
 *    4 page, 4 pages of the database where the frame ends a commit, else 0, 8 when it was taken, in ms since 1970; then the page
 *    or, as the end of a batch:
 *    4 zeros, 4 length of the JSON that follows, 8 CRC-32C of all since the end of the last batch but itself; then the position as JSON
 * </pre>
 *
 * <p>For one thread at a time. Pages lie in clear: where the database lies on an encrypted disk, so should this.
 */
final class SpoolFile implements CommitSink, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(SpoolFile.class);

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private static final byte[] MAGIC = "AIMGSPL1".getBytes(StandardCharsets.US_ASCII);
    private static final int BEFORE_JSON = MAGIC.length + Short.BYTES;
    private static final int HEAD = 16;

    /** Far more than any position has. */
    private static final int MOST_JSON = 1 << 12;

    private static final int SCHEMA_COOKIE = 40;
    private static final int BUFFER = 1 << 16;

    private static final ByteBuffer EMPTY = ByteBuffer.allocate(0);

    private final Path path;
    private final FileChannel channel;
    private final Begin begin;
    private final Clock clock;

    /** What is not in the file yet; nothing between batches, because most files wait for their first commit. */
    private ByteBuffer buffer = EMPTY;

    private final CRC32C crc = new CRC32C();
    private final List<Commit> commits = new ArrayList<>();
    private final FrameList frames = new FrameList();
    private int cookie;
    private boolean cookieChanged;
    private final ByteBuffer pendingContent;

    /** Number of a page that is not written yet; 0 for none. */
    private long pending;

    /** As far as the records go, and how much of them is in the file. */
    private long written;

    private long drained;
    private WalPosition position;
    private long mostBytes = Long.MAX_VALUE;
    private Supplier<? extends RuntimeException> tooLong = IllegalStateException::new;

    /** Where the last batch ended. */
    private Mark durable;

    private record Mark(long written, int commits, int frames, int cookie) {}

    /**
     * Which segment it will be.
     *
     * @param position from which on it takes
     * @param cookie of the schema then
     * @param notBefore when the commit before was taken; the clock may have gone back since
     */
    record Begin(
            UUID databaseId,
            UUID chain,
            Segment.@Nullable End previous,
            Continuity continuity,
            long firstCommit,
            WalPosition position,
            int cookie,
            Instant notBefore) {

        Begin {
            Objects.requireNonNull(databaseId);
            Objects.requireNonNull(chain);
            Objects.requireNonNull(continuity);
            Objects.requireNonNull(position);
            Objects.requireNonNull(notBefore);
        }
    }

    /**
     * Begins a file. It is durable, without any commit.
     *
     * @throws dev.afterimage.problem.ProblemException STORAGE_FULL or STORAGE_UNREACHABLE when it cannot be written
     */
    static SpoolFile create(Path path, Begin begin, Clock clock) {
        try {
            var channel = FileChannel.open(
                    path, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
            try {
                var spool = new SpoolFile(path, channel, begin, clock);
                spool.writeHeader();
                Fsync.directory(Objects.requireNonNull(path.toAbsolutePath().getParent()));
                return spool;
            } catch (IOException | RuntimeException | Error e) {
                try (channel) {
                    Files.delete(path); // it would be in the way of the next try
                } catch (IOException stays) {
                    e.addSuppressed(stays);
                }
                throw e;
            }
        } catch (IOException e) {
            throw StagingProblem.of(path, e);
        }
    }

    private SpoolFile(Path path, FileChannel channel, Begin begin, Clock clock) {
        this.path = path;
        this.channel = channel;
        this.begin = begin;
        this.clock = clock;
        this.position = begin.position();
        this.pendingContent = ByteBuffer.allocate(begin.position().pageSize());
        this.cookie = begin.cookie();
        this.durable = new Mark(0, 0, 0, cookie);
    }

    /**
     * Whether the process that made it may have died before its header was durable: then it has nothing, and cannot be opened.
     *
     * @throws dev.afterimage.problem.ProblemException STORAGE_UNREACHABLE when it cannot be read
     */
    static boolean isUnfinished(Path path) {
        try (var channel = FileChannel.open(path, StandardOpenOption.READ)) {
            if (channel.size() > BEFORE_JSON + MOST_JSON) {
                return false;
            }
            var bytes = ByteBuffer.allocate((int) channel.size());
            readFully(channel, bytes, 0);
            if (bytes.equals(ByteBuffer.allocate(bytes.limit()))) {
                return true;
            }
            int begun = Math.min(bytes.limit(), MAGIC.length);
            return Arrays.equals(bytes.array(), 0, begun, MAGIC, 0, begun)
                    && (bytes.limit() < BEFORE_JSON
                            || bytes.limit() < BEFORE_JSON + Short.toUnsignedInt(bytes.getShort(MAGIC.length)));
        } catch (IOException e) {
            throw StagingProblem.of(path, e);
        }
    }

    /**
     * Opens a file that was begun, as a process left it: what comes after the last whole batch is cut off.
     *
     * @throws IllegalArgumentException when it is none, which it is also while it is unfinished
     */
    static SpoolFile open(Path path, Clock clock) {
        try {
            var channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
            try {
                var spool = new SpoolFile(path, channel, readHeader(channel), clock);
                spool.readBatches();
                return spool;
            } catch (IOException | RuntimeException e) {
                channel.close();
                throw e;
            }
        } catch (IOException e) {
            throw StagingProblem.of(path, e);
        }
    }

    private void writeHeader() throws IOException {
        var json = JSON.writeValueAsBytes(begin);
        write(ByteBuffer.allocate(BEFORE_JSON + json.length)
                .put(MAGIC)
                .putShort((short) json.length)
                .put(json)
                .flip());
        drain();
        buffer = EMPTY;
        channel.force(true);
        durable = new Mark(written, 0, 0, cookie);
    }

    private static Begin readHeader(FileChannel channel) throws IOException {
        var bytes = ByteBuffer.allocate(BEFORE_JSON);
        readFully(channel, bytes, 0);
        if (!Arrays.equals(bytes.array(), 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
            throw new IllegalArgumentException("it is no spool file");
        }
        var json = ByteBuffer.allocate(Short.toUnsignedInt(bytes.getShort(MAGIC.length)));
        readFully(channel, json, bytes.capacity());
        try {
            return JSON.readValue(json.array(), Begin.class);
        } catch (JacksonException e) {
            throw new IllegalArgumentException("it is no spool file", e);
        }
    }

    private static void readFully(FileChannel channel, ByteBuffer bytes, long position) throws IOException {
        while (bytes.hasRemaining()) {
            if (channel.read(bytes, position + bytes.position()) < 0) {
                throw new IllegalArgumentException("it ends early");
            }
        }
        bytes.flip();
    }

    private void readBatches() throws IOException {
        written = (long) BEFORE_JSON + JSON.writeValueAsBytes(begin).length;
        durable = new Mark(written, 0, 0, cookie);
        try {
            while (written < channel.size()) {
                readRecord();
            }
        } catch (IllegalArgumentException torn) {
            // What was not durable was not told to anybody.
        }
        undo();
        channel.truncate(written);
    }

    private void readRecord() throws IOException {
        var head = ByteBuffer.allocate(HEAD);
        readFully(channel, head, written);
        long page = Integer.toUnsignedLong(head.getInt(0));
        var body = ByteBuffer.allocate(
                page == 0 ? jsonLength(head) : begin.position().pageSize());
        readFully(channel, body, written + HEAD);
        if (page == 0) {
            crcOfEnd(body.array());
            if (head.getLong(2 * Integer.BYTES) != crc.getValue()) {
                throw new IllegalArgumentException("a batch is not whole");
            }
            written += HEAD + body.limit();
            ended(JSON.readValue(body.array(), WalPosition.class));
            return;
        }
        crc.update(head.duplicate());
        crc.update(body.duplicate());
        written += HEAD;
        add(page, body);
        written += body.limit();
        long pageCount = Integer.toUnsignedLong(head.getInt(Integer.BYTES));
        if (pageCount != 0) {
            commit(Instant.ofEpochMilli(head.getLong(2 * Integer.BYTES)), pageCount);
        }
    }

    private static int jsonLength(ByteBuffer head) {
        int length = head.getInt(Integer.BYTES);
        if (length > MOST_JSON) {
            throw new IllegalArgumentException("it has no position");
        }
        return length;
    }

    /** With its length, so that zeros, which a loss of power can leave at the end of a file, are the end of no batch. */
    private void crcOfEnd(byte[] json) {
        crc.update(ByteBuffer.allocate(2 * Integer.BYTES)
                .putInt(0)
                .putInt(json.length)
                .flip());
        crc.update(json);
    }

    /**
     * From now on it takes no page that would make it longer.
     *
     * @param more than it has now
     * @param refusal thrown instead
     */
    void growAtMost(long more, Supplier<? extends RuntimeException> refusal) {
        mostBytes = bytes() + more;
        tooLong = refusal;
    }

    /** A frame is written when the next one comes, or its commit: only then is it known whether it ends one. */
    @Override
    public void page(long number, ByteBuffer content) {
        if (written + 2L * (HEAD + content.remaining()) > mostBytes) {
            throw tooLong.get();
        }
        writePending(0, 0);
        pending = number;
        pendingContent.clear().put(content.duplicate()).flip();
    }

    @Override
    public void commit(long pageCount) {
        long now = Math.max(clock.millis(), lastTakenAt().toEpochMilli());
        writePending(pageCount, now);
        commit(Instant.ofEpochMilli(now), pageCount);
    }

    private void writePending(long pageCount, long takenAt) {
        if (pending == 0) {
            return;
        }
        var head = head((int) pending, (int) pageCount, takenAt);
        crc.update(head.duplicate());
        crc.update(pendingContent.duplicate());
        write(head);
        add(pending, pendingContent.duplicate());
        write(pendingContent.duplicate());
        pending = 0;
    }

    private static ByteBuffer head(int page, int pages, long number) {
        return ByteBuffer.allocate(HEAD)
                .putInt(page)
                .putInt(pages)
                .putLong(number)
                .flip();
    }

    /** Of a page whose content comes next in the file. */
    private void add(long page, ByteBuffer content) {
        frames.add(page, commits.size(), written);
        if (page == 1) {
            int now = content.getInt(content.position() + SCHEMA_COOKIE);
            cookieChanged |= now != cookie;
            cookie = now;
        }
    }

    private void commit(Instant takenAt, long pageCount) {
        commits.add(new Commit(takenAt, pageCount, 0, cookieChanged)); // its frames are counted when all are known
        cookieChanged = false;
    }

    @Override
    public void durable(WalPosition reached) {
        var json = JSON.writeValueAsBytes(reached);
        crcOfEnd(json);
        write(head(0, json.length, crc.getValue()));
        write(ByteBuffer.wrap(json));
        try {
            drain();
            buffer = EMPTY;
            channel.force(false);
        } catch (IOException e) {
            throw StagingProblem.of(path, e);
        }
        ended(reached);
    }

    private void ended(WalPosition reached) {
        crc.reset();
        position = reached;
        durable = new Mark(written, commits.size(), frames.size(), cookie);
    }

    /** What was written behind the last batch is cut off, or written over. */
    @Override
    public void undo() {
        pending = 0;
        crc.reset();
        buffer = EMPTY;
        cookieChanged = false;
        cookie = durable.cookie();
        written = durable.written();
        drained = written;
        frames.shrinkTo(durable.frames());
        commits.subList(durable.commits(), commits.size()).clear();
        try {
            channel.truncate(written);
        } catch (IOException e) {
            log.debug("{} keeps bytes that mean nothing", path, e);
        }
    }

    private void write(ByteBuffer bytes) {
        written += bytes.remaining();
        if (buffer.capacity() == 0) {
            buffer = ByteBuffer.allocate(BUFFER);
        }
        while (bytes.hasRemaining()) {
            if (!buffer.hasRemaining()) {
                drainInTurn();
            }
            int piece = Math.min(buffer.remaining(), bytes.remaining());
            buffer.put(bytes.slice(bytes.position(), piece));
            bytes.position(bytes.position() + piece);
        }
    }

    private void drainInTurn() {
        try {
            drain();
        } catch (IOException e) {
            throw StagingProblem.of(path, e);
        }
    }

    private void drain() throws IOException {
        buffer.flip();
        while (buffer.hasRemaining()) {
            drained += channel.write(buffer, drained);
        }
        buffer.clear();
    }

    Path path() {
        return path;
    }

    Begin begin() {
        return begin;
    }

    /** Up to where all is durable. */
    WalPosition position() {
        return position;
    }

    /** Of the schema after what is durable. */
    int cookie() {
        return durable.cookie();
    }

    /** Bytes that it takes on the disk. */
    long bytes() {
        return durable.written();
    }

    /** Durable commits. */
    int commits() {
        return durable.commits();
    }

    /** When the first of them was taken. */
    Instant firstTakenAt() {
        return commits.getFirst().takenAt();
    }

    /** When the last commit was taken, be it of a segment before. */
    Instant lastTakenAt() {
        return commits.isEmpty() ? begin.notBefore() : commits.getLast().takenAt();
    }

    /** The number of the last durable commit, be it of a segment before. */
    long lastCommit() {
        return begin.firstCommit() + commits() - 1;
    }

    /** Which segment goes on from this one, of what is taken from now on. */
    Begin next() {
        return new Begin(
                begin.databaseId(),
                begin.chain(),
                new Segment.End(begin.chain(), lastCommit()),
                Continuity.CONTINUED,
                begin.firstCommit() + commits(),
                position,
                cookie,
                lastTakenAt());
    }

    /** The segment that its durable commits make. Nothing may be added any more. */
    Segment segment() {
        var counts = frames.countByCommit(commits());
        var counted = new ArrayList<Commit>();
        for (int i = 0; i < commits(); i++) {
            var commit = commits.get(i);
            counted.add(new Commit(commit.takenAt(), commit.pageCount(), counts[i], commit.schemaChanged()));
        }
        return new Segment(
                begin.databaseId(),
                begin.chain(),
                begin.previous(),
                begin.continuity(),
                begin.position().pageSize(),
                begin.firstCommit(),
                counted);
    }

    /** Its pages. */
    Frames frames() {
        return frames.read(channel, path);
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw StagingProblem.of(path, e);
        }
    }
}
