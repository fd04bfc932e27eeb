package dev.afterimage.repository.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.afterimage.repository.log.Segment.Commit;
import dev.afterimage.repository.log.Segment.Continuity;
import dev.afterimage.repository.seal.Secret;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.storage.StorageIdentity;
import dev.afterimage.storage.local.LocalStorage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.LongPredicate;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SegmentsTests {

    private static final UUID DATABASE = UUID.fromString("00000000-0000-0000-0000-0000000000d1");
    private static final UUID CHAIN = UUID.fromString("00000000-0000-0000-0000-0000000000c1");
    private static final UUID CHAIN_BEFORE = UUID.fromString("00000000-0000-0000-0000-0000000000c0");
    private static final Instant MOMENT = Instant.ofEpochMilli(0x1_0000_0001L);
    private static final int PAGE_SIZE = 512;

    private static final PageVersions NOBODY = (_, _, _) -> {};

    @TempDir
    Path directory;

    private LocalStorage storage;
    private Segments segments;

    @BeforeEach
    void open() {
        storage = new LocalStorage(directory, 0);
        storage.asFound().identify(new StorageIdentity(UUID.randomUUID(), null));
        segments = new Segments(new Vault(storage, Clock.systemUTC()));
    }

    /** The second commit writes page 3 once more. */
    private static Segment segment(long firstCommit) {
        return new Segment(
                DATABASE,
                CHAIN,
                new Segment.End(CHAIN_BEFORE, 5),
                Continuity.GAP,
                PAGE_SIZE,
                firstCommit,
                List.of(new Commit(MOMENT, 4, 2, true), new Commit(MOMENT.plusMillis(1), 3, 1, false)));
    }

    /** Page, commit, and of what each byte is. */
    private record Frame(long page, int commit, int content) {}

    private static final List<Frame> FRAMES =
            List.of(new Frame(1, 0, 0x11), new Frame(3, 1, 0x32), new Frame(3, 0, 0x31));

    private static final class OfTest implements Frames {

        @Override
        public int count() {
            return FRAMES.size();
        }

        @Override
        public long page(int frame) {
            return FRAMES.get(frame).page();
        }

        @Override
        public int commit(int frame) {
            return FRAMES.get(frame).commit();
        }

        @Override
        public void read(int frame, ByteBuffer page) {
            while (page.hasRemaining()) {
                page.put((byte) FRAMES.get(frame).content());
            }
        }
    }

    private Path file(long firstCommit) {
        return directory.resolve("log/%s/%s/%016x-%016x".formatted(DATABASE, CHAIN, firstCommit, firstCommit + 1));
    }

    @Test
    void readGivesWhatWasPutTheNewestVersionOfAPageFirst() {
        segments.put(segment(6), new OfTest());

        var read = new ArrayList<Frame>();
        var found = TestSegments.read(segments, DATABASE, TestSegments.name(CHAIN, 6), (page, commit, content) -> {
            assertThat(content.remaining()).isEqualTo(PAGE_SIZE);
            read.add(new Frame(page, (int) commit, content.get(PAGE_SIZE - 1)));
        });

        assertThat(found).isEqualTo(segment(6));
        assertThat(found.lastCommit()).isEqualTo(7);
        assertThat(read).containsExactly(new Frame(1, 6, 0x11), new Frame(3, 7, 0x32), new Frame(3, 6, 0x31));
    }

    @Test
    void putAgainLeavesTheFirst() throws IOException {
        segments.put(segment(6), new OfTest());
        var before = Files.readAllBytes(file(6));

        segments.put(segment(6), new OfTest());

        assertThat(file(6)).hasBinaryContent(before);
    }

    @Test
    void bytesAreAsTheFormatSays() throws Exception {
        segments.put(segment(6), new OfTest());
        var unpacked = new ProcessBuilder("zstd", "-dcq", file(6).toString()).start();

        var content = HexFormat.of().formatHex(unpacked.getInputStream().readAllBytes());

        assertThat(unpacked.waitFor()).isZero();
        assertThat(content)
                .startsWith(
                        "41494d474c4f4731" // AIMGLOG1
                                + "000000000000000000000000000000d1"
                                + "000000000000000000000000000000c1"
                                + "000000000000000000000000000000c0"
                                + "0000000000000005"
                                + "00000002" // a gap
                                + "00000200"
                                + "0000000000000006"
                                + "00000002" // commits
                                + "00000003" // frames
                                + "0000000100000001" + "00000004" + "00000002" + "00000001"
                                + "0000000100000002" + "00000003" + "00000001" + "00000000"
                                + "00000001" + "00000000"
                                + "00000003" + "00000001"
                                + "00000003" + "00000000"
                                + "11".repeat(PAGE_SIZE)
                                + "32".repeat(PAGE_SIZE)
                                + "31".repeat(PAGE_SIZE));
        assertThat(content).hasSize(2 * (Segment.HEADER_SIZE + 2 * 20 + 3 * 8 + 3 * PAGE_SIZE));
    }

    @Test
    void listGivesThemByTheirCommits() {
        for (long firstCommit : new long[] {0x100, 6, 0x20}) {
            segments.put(segment(firstCommit), new OfTest());
        }
        assertThat(TestSegments.names(segments, DATABASE))
                .containsExactly(
                        TestSegments.name(CHAIN, 6), TestSegments.name(CHAIN, 0x20), TestSegments.name(CHAIN, 0x100));
        assertThat(segments.all(UUID.randomUUID())).isEmpty();
    }

    @Test
    void readWhenItIsMissingSaysWhichIs() {
        assertThatExceptionOfType(DamagedSegmentException.class)
                .isThrownBy(() -> TestSegments.read(segments, DATABASE, TestSegments.name(CHAIN, 6), NOBODY))
                .withMessageContaining(CHAIN + "/6")
                .withMessageContaining("missing");
    }

    @Test
    void readWhenAnyByteIsAnotherGivesNothingElseOut() throws IOException {
        segments.put(segment(6), new OfTest());
        var bytes = Files.readAllBytes(file(6));
        for (int at = 0; at < bytes.length; at++) {
            var damaged = bytes.clone();
            damaged[at] ^= 0x10;
            Files.write(file(6), damaged);
            assertThatExceptionOfType(DamagedSegmentException.class)
                    .as("byte %d", at)
                    .isThrownBy(() -> TestSegments.read(segments, DATABASE, TestSegments.name(CHAIN, 6), NOBODY));
        }
    }

    @Test
    void readWhenItWasCutGivesNothingOut() throws IOException {
        segments.put(segment(6), new OfTest());
        var bytes = Files.readAllBytes(file(6));
        for (int length = 0; length < bytes.length; length++) {
            Files.write(file(6), Arrays.copyOf(bytes, length));
            assertThatExceptionOfType(DamagedSegmentException.class)
                    .as("%d bytes", length)
                    .isThrownBy(() -> TestSegments.read(segments, DATABASE, TestSegments.name(CHAIN, 6), NOBODY));
        }
    }

    @Test
    void readWhenItHasTheNameOfAnotherGivesNothingOut() throws IOException {
        segments.put(segment(6), new OfTest());
        Files.copy(file(6), file(8));
        assertThatExceptionOfType(DamagedSegmentException.class)
                .isThrownBy(() -> TestSegments.read(segments, DATABASE, TestSegments.name(CHAIN, 8), NOBODY))
                .withMessageContaining("it has commits 6 to 7 of chain " + CHAIN);
    }

    @Test
    void readWhenSomethingComesBehindItIsDamage() throws IOException {
        segments.put(segment(6), new OfTest());
        var bytes = Files.readAllBytes(file(6));
        var twice = Arrays.copyOf(bytes, 2 * bytes.length);
        System.arraycopy(bytes, 0, twice, bytes.length, bytes.length);
        Files.write(file(6), twice);
        assertThatExceptionOfType(DamagedSegmentException.class)
                .isThrownBy(() -> TestSegments.read(segments, DATABASE, TestSegments.name(CHAIN, 6), NOBODY))
                .withMessageContaining("behind its end");
    }

    /** Three parts of pages in a segment: what a part has, and where it begins. */
    private void putThreeParts() {
        TestSegments.put(new Vault(storage, Clock.systemUTC()), DATABASE, CHAIN, 1, 600);
    }

    /** Where a part of pages begins in the file, with its head. */
    private static int[] partsOfPages(byte[] bytes) {
        var places = new ArrayList<Integer>();
        var file = ByteBuffer.wrap(bytes);
        for (int at = 0; file.get(at) == 0x50; at += 28 + file.getInt(at + 8)) {
            places.add(at);
        }
        return places.stream().skip(2).mapToInt(Integer::intValue).toArray();
    }

    /** Wants some pages once, and remembers which it was given. */
    private record Wanting(LongPredicate wanted, Set<Long> asked, List<Long> given) implements PageVersions {

        Wanting(LongPredicate wanted) {
            this(wanted, new HashSet<>(), new ArrayList<>());
        }

        @Override
        public boolean wants(long page, long commit) {
            return wanted.test(page) && asked.add(page);
        }

        @Override
        public void page(long page, long commit, ByteBuffer content) {
            given.add(page);
        }
    }

    @Test
    void readWhenAPageIsWantedNoMoreGivesItOnlyOnce() {
        segments.put(segment(6), new OfTest());
        var wanting = new Wanting(_ -> true);

        TestSegments.read(segments, DATABASE, TestSegments.name(CHAIN, 6), wanting);

        assertThat(wanting.given()).containsExactly(1L, 3L);
    }

    @Test
    void readUnpacksNoPartOfWhichNothingIsWanted() throws IOException {
        putThreeParts();
        var bytes = Files.readAllBytes(file(1));
        var parts = partsOfPages(bytes);
        assertThat(parts).hasSize(3);
        bytes[parts[2] - 1] ^= 1; // of the second one
        Files.write(file(1), bytes);
        var others = new Wanting(page -> page == 256 || page == 513);
        var ofIt = new Wanting(page -> page == 257);

        TestSegments.read(segments, DATABASE, TestSegments.name(CHAIN, 1), others);

        assertThat(others.given()).containsExactly(256L, 513L);
        assertThatExceptionOfType(DamagedSegmentException.class)
                .isThrownBy(() -> TestSegments.read(segments, DATABASE, TestSegments.name(CHAIN, 1), ofIt))
                .withMessageContaining("checksum of a part");
    }

    @Test
    void readWhenPartsAreInAnotherOrderIsDamage() throws IOException {
        putThreeParts();
        var bytes = Files.readAllBytes(file(1));
        var parts = partsOfPages(bytes);
        var swapped = bytes.clone();
        int second = parts[2] - parts[1];
        System.arraycopy(bytes, parts[1], swapped, parts[0], second);
        System.arraycopy(bytes, parts[0], swapped, parts[0] + second, parts[1] - parts[0]);
        Files.write(file(1), swapped);

        assertThatExceptionOfType(DamagedSegmentException.class)
                .isThrownBy(() -> TestSegments.read(segments, DATABASE, TestSegments.name(CHAIN, 1), NOBODY))
                .withMessageContaining("SHA-256");
    }

    /** Keys wrap what segments are sealed with: no segment is written again when one takes the place of another. */
    @Test
    void readWhenTheKeyOfTheRepositoryWasReplacedOpensWhatWasSealedBefore(@TempDir Path sealed) throws IOException {
        var place = new LocalStorage(sealed, 0);
        var old = Secret.passphrase("the one of the year before");
        var before = new Vault(place, () -> Optional.of(old), Clock.systemUTC());
        before.asFound().identify(UUID.randomUUID());
        new Segments(before).put(segment(6), new OfTest());
        var file = sealed.resolve("log/%s/%s/%016x-%016x".formatted(DATABASE, CHAIN, 6, 7));
        var bytes = Files.readAllBytes(file);

        var added = Secret.passphrase("the one of this year");
        var during = new Vault(place, () -> Optional.of(added), Clock.systemUTC());
        var oldKey = before.keys().getFirst().id();
        before.addKey(added, "");
        during.removeKey(oldKey);
        new Segments(during).put(segment(8), new OfTest());

        var after = new Segments(new Vault(place, () -> Optional.of(added), Clock.systemUTC()));
        assertThat(TestSegments.names(after, DATABASE))
                .hasSize(2)
                .allSatisfy(name -> assertThat(TestSegments.read(after, DATABASE, name, NOBODY))
                        .isEqualTo(segment(name.firstCommit())));
        assertThat(after.describe(DATABASE, after.all(DATABASE).getFirst())).isEqualTo(segment(6));
        assertThat(file).hasBinaryContent(bytes);
        assertThat(new String(bytes, StandardCharsets.ISO_8859_1)).doesNotContain("AIMGLOG1");
    }

    /** What comes behind is not looked at: that is what a check is for. */
    @Test
    void describeTellsWhatIsInASegmentWhoseEndIsDamaged() throws IOException {
        var vault = new Vault(storage, Clock.systemUTC());
        var put = TestSegments.put(vault, DATABASE, CHAIN, 1, 1000);
        var bytes = Files.readAllBytes(file(1));
        bytes[bytes.length - 100] ^= 1;
        Files.write(file(1), bytes);

        assertThat(segments.describe(DATABASE, segments.all(DATABASE).getFirst()))
                .isEqualTo(put);
        assertThatExceptionOfType(DamagedSegmentException.class)
                .isThrownBy(() -> TestSegments.read(segments, DATABASE, put.name(), NOBODY));
    }

    @Test
    void describeWhenItHasTheNameOfAnotherRefusesIt() throws IOException {
        segments.put(segment(6), new OfTest());
        Files.move(file(6), file(8));
        assertThatExceptionOfType(DamagedSegmentException.class)
                .isThrownBy(
                        () -> segments.describe(DATABASE, segments.all(DATABASE).getFirst()))
                .withMessageContaining("it has commits 6 to 7 of chain " + CHAIN);
    }

    @Test
    void deleteTakesAwayThoseAlone() {
        segments.put(segment(6), new OfTest());
        segments.put(segment(8), new OfTest());

        segments.delete(DATABASE, List.of(TestSegments.name(CHAIN, 6), TestSegments.name(CHAIN, 7)));

        assertThat(TestSegments.names(segments, DATABASE)).containsExactly(TestSegments.name(CHAIN, 8));
    }
}
