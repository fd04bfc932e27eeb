package dev.afterimage.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;

import dev.afterimage.TestClock;
import dev.afterimage.backup.TestBackups;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.log.LogChecks;
import dev.afterimage.catalog.log.LogCuts;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.repository.format.SegmentName;
import dev.afterimage.repository.log.TestSegments;
import dev.afterimage.sqlite.PageProgress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The logs of followed databases in a check of the repository. */
class LogCheckTests {

    private static final UUID CHAIN = UUID.fromString("00000000-0000-0000-0000-0000000000c1");

    private final TestClock clock = new TestClock();

    @TempDir
    Path dir;

    private TestBackups backups;
    private Database orders;
    private RepositoryCheck check;

    @BeforeEach
    void openHome() throws Exception {
        backups = new TestBackups(dir, clock);
        orders = backups.database("orders", "CREATE TABLE t (v)");
        backups.run(orders);
        check = TestCheck.ofRepository(backups, clock);
        for (long first = 1; first < 20; first += 2) {
            TestSegments.put(backups.repository.vault(), orders.id(), CHAIN, first);
        }
    }

    @AfterEach
    void closeHome() {
        backups.close();
    }

    private Path file(long first) {
        return backups.catalog
                .node
                .repositoryDirectory()
                .orElseThrow()
                .resolve(TestSegments.key(orders.id(), TestSegments.name(CHAIN, first)));
    }

    private byte[] damage(long first) throws IOException {
        var bytes = Files.readAllBytes(file(first));
        var damaged = bytes.clone();
        damaged[damaged.length / 2] ^= 1;
        Files.write(file(first), damaged);
        return bytes;
    }

    private List<Map<String, Object>> damaged(double share) {
        var found = catchThrowableOfType(ProblemException.class, () -> check.run(share, PageProgress.NONE));
        assertThat(found.code()).isEqualTo(ProblemCode.LOG_DAMAGED);
        @SuppressWarnings("unchecked")
        var damaged = (List<Map<String, Object>>) found.problem().properties().get("damaged");
        return damaged;
    }

    @Test
    void runReadsAllSegments() throws IOException {
        var checked = check.run(1, PageProgress.NONE);

        assertThat(checked.segmentsChecked()).isEqualTo(10);
        assertThat(checked.bytesChecked()).isGreaterThan(10 * Files.size(file(1)));
    }

    @Test
    void runWhenASegmentIsDamagedTellsWhichCommitsAreConcerned() throws IOException {
        damage(5);

        assertThat(damaged(1))
                .singleElement()
                .satisfies(one -> assertThat(one)
                        .containsEntry("database", "orders")
                        .containsEntry("chain", CHAIN.toString())
                        .containsEntry("firstCommit", 5L)
                        .containsEntry("lastCommit", 6L)
                        .containsKey("damage"));
    }

    @Test
    void runWhenASegmentIsMissingTellsWhichCommitsAreConcerned() throws IOException {
        Files.delete(file(5));
        Files.delete(file(7));

        assertThat(damaged(1))
                .singleElement()
                .satisfies(one -> assertThat(one)
                        .containsEntry("firstCommit", 5L)
                        .containsEntry("lastCommit", 8L)
                        .containsEntry("damage", "it is missing"));
    }

    @Test
    void runWhenSegmentsWereLetGoTellsNothingOfThem() throws IOException {
        Files.delete(file(5));
        new LogCuts(backups.catalog.catalog).cut(orders.id(), CHAIN, 9);

        assertThat(check.run(1, PageProgress.NONE).segmentsChecked()).isEqualTo(6);
    }

    private SegmentName merge(long... firsts) throws IOException {
        var staging = Files.createDirectories(dir.resolve("merging"));
        var parts = Arrays.stream(firsts)
                .mapToObj(first -> TestSegments.name(CHAIN, first))
                .toArray(SegmentName[]::new);
        return TestSegments.merge(backups.repository.vault(), orders.id(), staging, parts);
    }

    @Test
    void runReadsWhatSegmentsWereMergedToInPlaceOfThem() throws IOException {
        merge(5, 7, 9);
        damage(7);
        assertThat(check.run(1, PageProgress.NONE).segmentsChecked()).isEqualTo(8);

        Files.delete(file(5));
        Files.delete(file(7));
        Files.delete(file(9));
        assertThat(check.run(1, PageProgress.NONE).segmentsChecked()).isEqualTo(8);
    }

    @Test
    void runWhenWhatSegmentsWereMergedToIsDamagedTellsWhichCommitsAreConcerned() throws IOException {
        var file = file(1).resolveSibling(
                        Path.of(TestSegments.key(orders.id(), merge(5, 7, 9))).getFileName());
        var bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);

        assertThat(damaged(1))
                .singleElement()
                .satisfies(
                        one -> assertThat(one).containsEntry("firstCommit", 5L).containsEntry("lastCommit", 10L));
    }

    /** Of what was found in a segment before it was mended and merged. */
    @Test
    void runWhenAFindingIsOfWhatWasMergedMeanwhileForgetsIt() throws IOException {
        var bytes = damage(7);
        damaged(1);
        Files.write(file(7), bytes);
        merge(5, 7, 9);
        Files.delete(file(7));

        check.run(0.01, PageProgress.NONE);

        assertThat(new LogChecks(backups.catalog.catalog).withFindings(orders.id()))
                .isEmpty();
    }

    /** Behind the last one that is there no list tells that any is missing. */
    @Test
    void runWhenTheLastSegmentIsMissingTellsIt() throws IOException {
        backups.following.records.complete(orders.id());
        Files.delete(file(19));

        assertThat(damaged(0.05))
                .singleElement()
                .satisfies(one ->
                        assertThat(one).containsEntry("firstCommit", 19L).containsEntry("damage", "it is missing"));
    }

    @Test
    void runWhenTheFirstSegmentsAreMissingTellsIt() throws IOException {
        backups.following.records.complete(orders.id());
        Files.delete(file(1));
        Files.delete(file(3));

        assertThat(damaged(0.05))
                .extracting(one -> one.get("firstCommit"), one -> one.get("lastCommit"))
                .containsExactlyInAnyOrder(tuple(1L, 2L), tuple(3L, 4L));
    }

    @Test
    void runWhenAWholeLogIsMissingTellsIt() throws IOException {
        backups.following.records.complete(orders.id());
        for (long first = 1; first < 20; first += 2) {
            Files.delete(file(first));
        }
        Files.delete(file(1).getParent());
        Files.delete(file(1).getParent().getParent());

        assertThat(damaged(1)).hasSize(10);
    }

    @Test
    void runOfASmallShareGoesOnWhereTheLastOneEnded() throws IOException {
        damage(9);
        for (int i = 0; i < 4; i++) {
            assertThat(check.run(0.05, PageProgress.NONE).segmentsChecked()).isEqualTo(1);
        }

        assertThat(damaged(0.05)).hasSize(1);
    }

    @Test
    void runTellsWhatItHasFoundUntilThatIsMended() throws IOException {
        var whole = damage(1);
        damaged(0.05);

        assertThat(damaged(0.05)).as("though others are read").hasSize(1);

        Files.write(file(1), whole);
        check.run(0.05, PageProgress.NONE);
        assertThat(check.run(0.05, PageProgress.NONE).segmentsChecked()).isEqualTo(1);
    }

    @Test
    void runWhenASnapshotIsDamagedTooTellsBoth() throws Exception {
        damage(5);
        backups.damage(backups.catalog.snapshots.newest(orders.id()).orElseThrow());

        var found = catchThrowableOfType(ProblemException.class, () -> check.run(1, PageProgress.NONE));

        assertThat(found.code()).isEqualTo(ProblemCode.REPOSITORY_DAMAGED);
        assertThat((List<?>) found.problem().properties().get("damaged")).hasSize(2);
    }
}
