package dev.afterimage.follow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.afterimage.LoopImage;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.repository.log.Segment;
import dev.afterimage.repository.log.Segment.Continuity;
import dev.afterimage.sqlite.follow.WalPosition;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SpoolFileTests {

    private static final int PAGE_SIZE = 512;
    private static final Clock CLOCK = Clock.fixed(Instant.ofEpochMilli(1_000_000), ZoneOffset.UTC);
    private static final int COOKIE = 0x01010101;

    @TempDir
    Path directory;

    private static WalPosition position(long frames) {
        return new WalPosition("(dev=1,ino=2)", PAGE_SIZE, 7, frames, 9 * frames, frames, null);
    }

    private SpoolFile create() {
        var begin = new SpoolFile.Begin(
                UUID.randomUUID(), UUID.randomUUID(), null, Continuity.BEGUN, 1, position(0), COOKIE, Instant.EPOCH);
        return SpoolFile.create(directory.resolve("spool"), begin, CLOCK);
    }

    private static ByteBuffer page(int content) {
        var bytes = new byte[PAGE_SIZE];
        Arrays.fill(bytes, (byte) content);
        return ByteBuffer.wrap(bytes);
    }

    /** Two commits, of which the second writes page 2 twice, and changes the schema. */
    private static void writeTwo(SpoolFile spool) {
        spool.page(1, page(1));
        spool.page(2, page(2));
        spool.commit(3);
        spool.page(2, page(3));
        spool.page(1, page(4));
        spool.page(2, page(5));
        spool.commit(4);
        spool.durable(position(5));
    }

    private static List<String> frames(SpoolFile spool) {
        var frames = spool.frames();
        var found = new ArrayList<String>();
        for (int i = 0; i < frames.count(); i++) {
            var page = ByteBuffer.allocate(PAGE_SIZE);
            frames.read(i, page);
            found.add(
                    "page %d of commit %d is %d".formatted(frames.page(i), frames.commit(i), page.get(PAGE_SIZE - 1)));
        }
        return found;
    }

    private static void assertHasTwo(SpoolFile spool) {
        assertThat(spool.position()).isEqualTo(position(5));
        assertThat(frames(spool))
                .containsExactly(
                        "page 1 of commit 1 is 4",
                        "page 1 of commit 0 is 1",
                        "page 2 of commit 1 is 5",
                        "page 2 of commit 0 is 2");
        var segment = spool.segment();
        assertThat(segment.commits()).hasSize(2).allSatisfy(commit -> {
            assertThat(commit.frames()).isEqualTo(2);
            assertThat(commit.takenAt()).isEqualTo(CLOCK.instant());
        });
        assertThat(segment.commits().getFirst().schemaChanged()).isFalse();
        assertThat(segment.commits().getLast().schemaChanged()).isTrue();
        assertThat(segment.commits().getLast().pageCount()).isEqualTo(4);
    }

    @Test
    void segmentHasWhatWasAdded() {
        try (var spool = create()) {
            writeTwo(spool);
            assertHasTwo(spool);
        }
    }

    @Test
    void openFindsWhatWasDurable() {
        try (var spool = create()) {
            writeTwo(spool);
        }
        try (var spool = SpoolFile.open(directory.resolve("spool"), CLOCK)) {
            assertHasTwo(spool);
            spool.page(9, page(9));
            spool.commit(9);
            spool.durable(position(6));
            assertThat(spool.segment().lastCommit()).isEqualTo(3);
        }
        try (var spool = SpoolFile.open(directory.resolve("spool"), CLOCK)) {
            assertThat(spool.position()).isEqualTo(position(6));
            assertThat(spool.segment().commits().getLast().frames()).isEqualTo(1);
        }
    }

    @Test
    void openWhenTheEndIsTornFindsTheBatchesBeforeIt() throws IOException {
        try (var spool = create()) {
            writeTwo(spool);
        }
        var before = Files.readAllBytes(directory.resolve("spool"));
        try (var spool = SpoolFile.open(directory.resolve("spool"), CLOCK)) {
            spool.page(3, page(6));
            spool.commit(4);
            spool.durable(position(7));
        }
        var after = Files.readAllBytes(directory.resolve("spool"));
        for (int length = before.length; length < after.length; length++) {
            var torn = directory.resolve("torn");
            Files.write(torn, Arrays.copyOf(after, length));
            try (var spool = SpoolFile.open(torn, CLOCK)) {
                assertHasTwo(spool);
            }
            assertThat(torn).hasBinaryContent(before);
        }
    }

    /** As a loss of power may leave it: the file has its new length, and of what was written nothing, or only the beginning. */
    @Test
    void openWhenTheEndIsZerosFindsTheBatchesBeforeIt() throws IOException {
        try (var spool = create()) {
            writeTwo(spool);
        }
        var before = Files.readAllBytes(directory.resolve("spool"));
        try (var spool = SpoolFile.open(directory.resolve("spool"), CLOCK)) {
            spool.page(3, page(6));
            spool.commit(4);
            spool.durable(position(7));
        }
        var after = Files.readAllBytes(directory.resolve("spool"));
        for (int length = before.length; length < after.length; length++) {
            var torn = directory.resolve("torn");
            Files.write(torn, Arrays.copyOf(Arrays.copyOf(after, length), after.length + 4096));
            try (var spool = SpoolFile.open(torn, CLOCK)) {
                if (length < after.length - 1) {
                    assertHasTwo(spool);
                }
            }
        }
    }

    @Test
    void openWhenTheLastBatchHasAnotherByteFindsTheBatchesBeforeIt() throws IOException {
        try (var spool = create()) {
            writeTwo(spool);
        }
        int before = (int) Files.size(directory.resolve("spool"));
        try (var spool = SpoolFile.open(directory.resolve("spool"), CLOCK)) {
            spool.page(3, page(6));
            spool.commit(4);
            spool.durable(position(7));
        }
        var bytes = Files.readAllBytes(directory.resolve("spool"));
        bytes[before + 100]++;
        Files.write(directory.resolve("spool"), bytes);
        try (var spool = SpoolFile.open(directory.resolve("spool"), CLOCK)) {
            assertHasTwo(spool);
        }
    }

    @Test
    void undoForgetsWhatIsNotDurable() {
        try (var spool = create()) {
            writeTwo(spool);
            spool.page(1, page(77));
            spool.commit(1);
            spool.page(4, page(78));
            spool.undo();
            assertHasTwo(spool);
            spool.page(3, page(8));
            spool.commit(4);
            spool.durable(position(6));
        }
        try (var spool = SpoolFile.open(directory.resolve("spool"), CLOCK)) {
            assertThat(frames(spool)).hasSize(5).contains("page 3 of commit 2 is 8");
            assertThat(spool.segment().commits().getLast().schemaChanged()).isFalse();
        }
    }

    @Test
    void nextGoesOnFromIt() {
        try (var spool = create()) {
            writeTwo(spool);
            var next = spool.next();
            assertThat(next.firstCommit()).isEqualTo(3);
            assertThat(next.position()).isEqualTo(position(5));
            assertThat(next.continuity()).isEqualTo(Continuity.CONTINUED);
            assertThat(next.previous()).isEqualTo(new Segment.End(spool.begin().chain(), 2));
        }
    }

    /** As it is where the disk is full; the next try makes it, when there is room. */
    @Test
    void createWhenTheDiskIsFullLeavesNoFile() throws Exception {
        var disk = Files.createDirectory(directory.resolve("disk"));
        assumeTrue(
                LoopImage.run("mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", disk.toString()),
                "nothing can be mounted here");
        try {
            var fill = Files.write(disk.resolve("fill"), new byte[4096]);
            var begin = new SpoolFile.Begin(
                    UUID.randomUUID(),
                    UUID.randomUUID(),
                    null,
                    Continuity.BEGUN,
                    1,
                    position(0),
                    COOKIE,
                    Instant.EPOCH);
            assertThatExceptionOfType(ProblemException.class)
                    .isThrownBy(() -> SpoolFile.create(disk.resolve("spool"), begin, CLOCK));
            Files.delete(fill);
            try (var spool = SpoolFile.create(disk.resolve("spool"), begin, CLOCK)) {
                assertThat(spool.commits()).isZero();
            }
        } finally {
            assertThat(LoopImage.run("umount", disk.toString())).isTrue();
        }
    }

    @Test
    void isUnfinishedWhenTheHeaderIsNotWhole() throws IOException {
        try (var spool = create()) {
            assertThat(spool.commits()).isZero();
        }
        var path = directory.resolve("spool");
        var whole = Files.readAllBytes(path);
        for (int length = 0; length < whole.length; length++) {
            Files.write(path, Arrays.copyOf(whole, length));
            assertThat(SpoolFile.isUnfinished(path)).isTrue();
            Files.write(path, new byte[length]);
            assertThat(SpoolFile.isUnfinished(path)).isTrue();
        }
        Files.write(path, whole);
        assertThat(SpoolFile.isUnfinished(path)).isFalse();
        whole[0]++;
        Files.write(path, whole);
        assertThat(SpoolFile.isUnfinished(path)).isFalse();
        Files.write(path, new byte[8192]);
        assertThat(SpoolFile.isUnfinished(path)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 32, 128})
    void openWhenTheHeaderHasAnotherBitRefusesItOrReadsIt(int bit) throws IOException {
        try (var spool = create()) {
            assertThat(spool.commits()).isZero();
        }
        var path = directory.resolve("spool");
        var whole = Files.readAllBytes(path);
        int refused = 0;
        for (int i = 0; i < whole.length; i++) {
            var changed = whole.clone();
            changed[i] ^= (byte) bit;
            Files.write(path, changed);
            try (var spool = SpoolFile.open(path, CLOCK)) {
                assertThat(spool.commits()).isZero();
            } catch (IllegalArgumentException e) {
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(8);
    }
}
