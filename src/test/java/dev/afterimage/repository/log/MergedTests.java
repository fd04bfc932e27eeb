package dev.afterimage.repository.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.afterimage.repository.format.SegmentName;
import dev.afterimage.repository.log.Segment.Commit;
import dev.afterimage.repository.log.Segment.Continuity;
import dev.afterimage.repository.seal.Secret;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MergedTests {

    private static final UUID DATABASE = UUID.randomUUID();
    private static final UUID CHAIN = UUID.randomUUID();
    private static final int PAGE_SIZE = 1024;
    private static final int PAGES = 3000;

    @TempDir
    Path directory;

    private Path repository;
    private Path staging;
    private Segments segments;
    private final Random random = new Random(11);

    @BeforeEach
    void open() throws IOException {
        repository = Files.createDirectory(directory.resolve("repository"));
        staging = Files.createDirectory(directory.resolve("staging"));
        var storage = new LocalStorage(repository, 0);
        storage.asFound().identify(new StorageIdentity(UUID.randomUUID(), null));
        segments = new Segments(new Vault(storage, Clock.systemUTC()));
    }

    private record Version(long page, long commit, int index) {}

    /** Pages of bytes that nothing compresses. */
    private record OfTest(List<Version> versions) implements Frames {

        @Override
        public int count() {
            return versions.size();
        }

        @Override
        public long page(int frame) {
            return versions.get(frame).page();
        }

        @Override
        public int commit(int frame) {
            return versions.get(frame).index();
        }

        @Override
        public void read(int frame, ByteBuffer page) {
            var bytes = new byte[page.remaining()];
            new Random(31 * page(frame) + 7_000_003 * versions.get(frame).commit()).nextBytes(bytes);
            page.put(bytes);
        }
    }

    /** Segments of one to three commits each, of which page 1 is in every one. */
    private void write(Segments target, int count) {
        long first = 1;
        for (int i = 0; i < count; i++) {
            var commits = new ArrayList<Commit>();
            var versions = new ArrayList<Version>();
            int size = 1 + random.nextInt(3);
            for (int index = 0; index < size; index++) {
                long commit = first + index;
                int at = index;
                var pages =
                        random.longs(2, PAGES + 1).distinct().limit(50).boxed().toList();
                versions.add(new Version(1, commit, index));
                pages.forEach(page -> versions.add(new Version(page, commit, at)));
                commits.add(new Commit(Instant.ofEpochMilli(commit * 1001), PAGES - commit, 51, commit % 4 == 0));
            }
            versions.sort((one, other) -> one.page() == other.page()
                    ? Long.compare(other.commit(), one.commit())
                    : Long.compare(one.page(), other.page()));
            var previous = first == 1 ? null : new Segment.End(CHAIN, first - 1);
            var continuity = first == 1 ? Continuity.BEGUN : Continuity.CONTINUED;
            target.put(
                    new Segment(DATABASE, CHAIN, previous, continuity, PAGE_SIZE, first, commits),
                    new OfTest(versions));
            first += size;
        }
    }

    /** Page and commit with its content, in the order in which they are stored. */
    private static Map<List<Long>, ByteBuffer> versions(Segments segments, SegmentName name) {
        var found = new LinkedHashMap<List<Long>, ByteBuffer>();
        TestSegments.read(segments, DATABASE, name, (page, commit, content) -> {
            var copy = ByteBuffer.allocate(PAGE_SIZE).put(content).flip();
            assertThat(found.put(List.of(page, commit), copy)).isNull();
        });
        return found;
    }

    private static List<Commit> commits(Segments segments, List<Segments.Stored> stored) {
        return stored.stream()
                .flatMap(one -> segments.describe(DATABASE, one).commits().stream())
                .toList();
    }

    @Test
    void ofHasEveryVersionOfEveryPageAndTakesThePlaceOfItsParts() throws IOException {
        write(segments, 30);
        var before = TestSegments.current(segments, DATABASE);
        var parts = before.subList(4, 25);
        var expected = new HashMap<List<Long>, ByteBuffer>();
        parts.forEach(part -> expected.putAll(versions(segments, part.name())));
        var commits = commits(segments, before);

        var merged = Merged.of(DATABASE, parts, segments, staging);

        var name = new SegmentName(
                CHAIN,
                parts.getFirst().name().firstCommit(),
                parts.getLast().name().lastCommit());
        assertThat(merged.segment().name()).isEqualTo(name);
        assertThat(merged.segment().previous()).isEqualTo(new Segment.End(CHAIN, name.firstCommit() - 1));
        var found = versions(segments, name);
        assertThat(found).isEqualTo(expected);
        assertThat(List.copyOf(found.keySet()))
                .as("by page, the newest first")
                .isSortedAccordingTo((one, other) -> one.get(0).equals(other.get(0))
                        ? other.get(1).compareTo(one.get(1))
                        : one.get(0).compareTo(other.get(0)));
        var after = TestSegments.current(segments, DATABASE);
        assertThat(after).hasSize(10).contains(new Segments.Stored(name, merged.bytes()));
        assertThat(commits(segments, after)).isEqualTo(commits);
        assertThat(segments.all(DATABASE)).containsAll(before).hasSize(31);
        assertThat(staging).isEmptyDirectory();
    }

    @Test
    void replayOverAMergedSegmentGivesTheStateOfEachCommitInIt() {
        write(segments, 12);
        var before = TestSegments.current(segments, DATABASE);
        Merged.of(DATABASE, before.subList(2, 10), segments, staging);
        var after = TestSegments.current(segments, DATABASE);
        long last = before.getLast().name().lastCommit();

        for (long commit = 2; commit <= last; commit++) {
            try (var expected = replay(before, commit);
                    var found = replay(after, commit)) {
                assertThat(found.pageCount()).isEqualTo(expected.pageCount());
                for (long page = 1; page <= PAGES; page++) {
                    assertThat(found.mayHaveChanged(page)).isEqualTo(expected.mayHaveChanged(page));
                    assertThat(page(found, page)).isEqualTo(page(expected, page));
                }
            }
        }
    }

    private Replay replay(List<Segments.Stored> stored, long upTo) {
        var needed =
                stored.stream().filter(one -> one.name().firstCommit() <= upTo).toList();
        return Replay.of(new Replay.Span(DATABASE, needed, 1, upTo), segments, staging, PageProgress.NONE);
    }

    private static ByteBuffer page(Replay state, long page) {
        var content = ByteBuffer.allocate(PAGE_SIZE);
        state.read(page, content);
        return content.flip();
    }

    @Test
    void ofInASealedRepositoryIsSealed() throws IOException {
        var place = Files.createDirectory(directory.resolve("sealed"));
        var vault = new Vault(
                new LocalStorage(place, 0), () -> Optional.of(Secret.passphrase("of the test")), Clock.systemUTC());
        vault.asFound().identify(UUID.randomUUID());
        var sealed = new Segments(vault);
        write(sealed, 5);

        var merged = Merged.of(DATABASE, TestSegments.current(sealed, DATABASE), sealed, staging);

        assertThat(TestSegments.current(sealed, DATABASE))
                .containsExactly(new Segments.Stored(merged.segment().name(), merged.bytes()));
        assertThat(versions(sealed, merged.segment().name())).isNotEmpty();
        var file = place.resolve(TestSegments.key(DATABASE, merged.segment().name()));
        assertThat(Files.readAllBytes(file)).startsWith("AIMGSEA1".getBytes());
    }

    @Test
    void ofAgainIsTheSameSegment() {
        write(segments, 5);
        var parts = TestSegments.current(segments, DATABASE);

        var first = Merged.of(DATABASE, parts, segments, staging);

        assertThat(Merged.of(DATABASE, parts, segments, staging)).isEqualTo(first);
    }

    @Test
    void ofWhenAPartIsDamagedPutsNothing() throws IOException {
        write(segments, 5);
        var parts = TestSegments.current(segments, DATABASE);
        var damaged = repository.resolve(TestSegments.key(DATABASE, parts.get(2).name()));
        var bytes = Files.readAllBytes(damaged);
        bytes[bytes.length - 1000] ^= 1;
        Files.write(damaged, bytes);

        assertThatExceptionOfType(DamagedSegmentException.class)
                .isThrownBy(() -> Merged.of(DATABASE, parts, segments, staging))
                .satisfies(e -> assertThat(e.segment()).isEqualTo(parts.get(2).name()));

        assertThat(segments.all(DATABASE)).isEqualTo(parts);
        assertThat(staging).isEmptyDirectory();
    }

    @Test
    void ofWhenACommitIsMissingBetweenPartsIsRefused() {
        write(segments, 5);
        var parts = new ArrayList<>(TestSegments.current(segments, DATABASE));
        parts.remove(2);

        assertThatIllegalArgumentException().isThrownBy(() -> Merged.of(DATABASE, parts, segments, staging));

        assertThat(segments.all(DATABASE)).hasSize(5);
    }

    /** Such as what another process has put there: nobody may delete the parts then. */
    @Test
    void ofWhenItsNameHasAnotherContentIsDamage() {
        write(segments, 3);
        var parts = TestSegments.current(segments, DATABASE);
        var all = commits(segments, parts);
        var versions = new ArrayList<Version>();
        for (int i = 0; i < all.size(); i++) {
            for (long page = 1; page <= 51; page++) {
                versions.add(new Version(page, 1 + i, i));
            }
        }
        segments.put(new Segment(DATABASE, CHAIN, null, Continuity.BEGUN, PAGE_SIZE, 1, all), new OfTest(versions));

        assertThatExceptionOfType(DamagedSegmentException.class)
                .isThrownBy(() -> Merged.of(DATABASE, parts, segments, staging))
                .withMessageContaining("than what it was made of");

        assertThat(segments.all(DATABASE)).isEqualTo(parts);
    }
}
