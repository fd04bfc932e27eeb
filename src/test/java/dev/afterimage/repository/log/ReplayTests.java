package dev.afterimage.repository.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.afterimage.repository.log.Segment.Commit;
import dev.afterimage.repository.log.Segment.Continuity;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.storage.StorageIdentity;
import dev.afterimage.storage.local.LocalStorage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReplayTests {

    private static final UUID DATABASE = UUID.randomUUID();
    private static final UUID CHAIN = UUID.randomUUID();
    private static final int PAGE_SIZE = 4096;
    private static final int PAGES = 2000;

    @TempDir
    Path directory;

    private Path repository;
    private Path staging;
    private Segments segments;
    private final Random random = new Random(7);

    @BeforeEach
    void open() throws IOException {
        repository = Files.createDirectory(directory.resolve("repository"));
        staging = Files.createDirectory(directory.resolve("staging"));
        var storage = new LocalStorage(repository, 0);
        storage.asFound().identify(new StorageIdentity(UUID.randomUUID(), null));
        segments = new Segments(new Vault(storage, Clock.systemUTC()));
    }

    /** One commit's pages, each of them full of that commit's number and its own. */
    private record OneCommit(long commit, List<Long> pages) implements Frames {

        @Override
        public int count() {
            return pages.size();
        }

        @Override
        public long page(int frame) {
            return pages.get(frame);
        }

        @Override
        public int commit(int frame) {
            return 0;
        }

        @Override
        public void read(int frame, ByteBuffer page) {
            while (page.hasRemaining()) {
                page.putLong(commit << 32 | pages.get(frame));
            }
        }
    }

    /** Stores as many commits, each in a segment, and tells of each page which commits wrote it. */
    private Map<Long, List<Long>> write(int commits) {
        var writers = new HashMap<Long, List<Long>>();
        for (long commit = 1; commit <= commits; commit++) {
            var pages = random.longs(1, PAGES + 1).distinct().limit(400).boxed().toList();
            for (long page : pages) {
                writers.computeIfAbsent(page, _ -> new ArrayList<>()).add(commit);
            }
            var continuity = commit == 1 ? Continuity.BEGUN : Continuity.CONTINUED;
            var written = List.of(new Commit(Instant.ofEpochSecond(commit), PAGES, pages.size(), false));
            var segment = new Segment(DATABASE, CHAIN, null, continuity, PAGE_SIZE, commit, written);
            segments.put(segment, new OneCommit(commit, pages));
        }
        return writers;
    }

    private Replay replay(long after, long upTo) {
        var needed = segments.all(DATABASE).subList((int) after, (int) upTo);
        return Replay.of(new Replay.Span(DATABASE, needed, after, upTo), segments, staging, PageProgress.NONE);
    }

    @Test
    void everyPageIsAsTheLastCommitThatWroteItUntilThenHasLeftIt() throws IOException {
        var writers = write(60);
        long after = 10;
        long upTo = 50;

        try (var state = replay(after, upTo)) {
            assertThat(state.pageCount()).isEqualTo(PAGES);
            for (long page = 1; page <= PAGES; page++) {
                var last = writers.getOrDefault(page, List.of()).stream()
                        .filter(commit -> commit > after && commit <= upTo)
                        .reduce((_, later) -> later);
                assertThat(state.mayHaveChanged(page)).isEqualTo(last.isPresent());
                if (last.isPresent()) {
                    var expected = ByteBuffer.allocate(PAGE_SIZE);
                    new OneCommit(last.get(), List.of(page)).read(0, expected);
                    var found = ByteBuffer.allocate(PAGE_SIZE);
                    state.read(page, found);
                    assertThat(found.array()).as("page %d", page).isEqualTo(expected.array());
                }
            }
        }
        assertThat(staging).isEmptyDirectory();
    }

    @Test
    void whenAPartOfAnySegmentIsDamagedTheReplayIsRefusedAndLeavesNothing() throws IOException {
        write(20);
        var damaged = repository.resolve("log/%s/%s/%016x-%016x".formatted(DATABASE, CHAIN, 20, 20));
        var bytes = Files.readAllBytes(damaged);
        bytes[bytes.length - 100] ^= 1;
        Files.write(damaged, bytes);

        assertThatExceptionOfType(DamagedSegmentException.class)
                .isThrownBy(() -> replay(0, 20))
                .withMessageContaining(CHAIN + "/20");
        assertThat(staging).isEmptyDirectory();
    }

    @Test
    void whenASegmentIsMissingTheReplayIsRefusedAndLeavesNothing() throws IOException {
        write(20);
        var needed = segments.all(DATABASE);
        Files.delete(repository.resolve("log/%s/%s/%016x-%016x".formatted(DATABASE, CHAIN, 3, 3)));

        assertThatExceptionOfType(DamagedSegmentException.class)
                .isThrownBy(
                        () -> Replay.of(new Replay.Span(DATABASE, needed, 0, 20), segments, staging, PageProgress.NONE))
                .withMessageContaining(CHAIN + "/3")
                .withMessageContaining("it is missing");
        assertThat(staging).isEmptyDirectory();
    }
}
