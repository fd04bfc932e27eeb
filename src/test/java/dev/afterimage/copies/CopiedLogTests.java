package dev.afterimage.copies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.afterimage.TestClock;
import dev.afterimage.backup.TestBackups;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.log.LogCuts;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.repository.format.SegmentName;
import dev.afterimage.repository.log.TestSegments;
import dev.afterimage.sqlite.PageProgress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The log of a followed database in a copy of the repository. */
class CopiedLogTests {

    private static final UUID CHAIN = UUID.fromString("00000000-0000-0000-0000-0000000000c1");

    @TempDir
    Path dir;

    private final TestClock clock = new TestClock();

    private TestBackups backups;
    private Database orders;
    private Path place;
    private LogCuts cuts;
    private Copying copying;

    @BeforeEach
    void openHome() throws Exception {
        backups = new TestBackups(dir, clock);
        orders = backups.database("orders", "CREATE TABLE t (v)");
        backups.run(orders);
        place = dir.resolve("elsewhere/copy");
        cuts = new LogCuts(backups.catalog.catalog);
        copying = copying(true);
    }

    @AfterEach
    void closeHome() {
        backups.close();
    }

    private Copying copying(boolean delete) {
        return TestCopies.copying(backups, TestCopies.of(backups, Map.of("disk", place), delete), clock);
    }

    private Copied copy(Copying.Extent extent) {
        return copying.run("disk", extent, PageProgress.NONE);
    }

    private List<SegmentName> log(long... firstCommits) {
        var names = new ArrayList<SegmentName>();
        for (long first : firstCommits) {
            names.add(TestSegments.put(backups.repository.vault(), orders.id(), CHAIN, first));
        }
        return names;
    }

    private Path here(SegmentName name) {
        return backups.catalog.node.repositoryDirectory().orElseThrow().resolve(TestSegments.key(orders.id(), name));
    }

    private Path there(SegmentName name) {
        return place.resolve(TestSegments.key(orders.id(), name));
    }

    @Test
    void runCopiesSegmentsByteForByte() throws IOException {
        var log = log(1, 3, 5);

        assertThat(copy(Copying.Extent.NEWS).segments()).isEqualTo(3);

        for (var name : log) {
            assertThat(there(name)).hasSameBinaryContentAs(here(name));
        }
        assertThat(backups.catalog.copies.find("disk").orElseThrow().bytes()).isEqualTo(bytesThere());
        assertThat(copy(Copying.Extent.ALL).segments()).as("all are there").isZero();
    }

    private long bytesThere() throws IOException {
        long bytes = 0;
        try (var files = Files.walk(place)) {
            for (var file : files.filter(Files::isRegularFile)
                    .filter(file -> !file.endsWith("repository.json"))
                    .toList()) {
                bytes += Files.size(file);
            }
        }
        return bytes;
    }

    @Test
    void runWhenTheServiceWasAwayBringsWhatCameLast() {
        log(1);
        copy(Copying.Extent.NEWS);
        var last = log(3).getFirst();

        copying = copying(true);
        copy(Copying.Extent.NEWS);

        assertThat(there(last)).exists();
    }

    @Test
    void runOnceADayBringsWhatIsMissing() throws IOException {
        var log = log(1, 3);
        copy(Copying.Extent.NEWS);
        Files.delete(there(log.getFirst()));
        clock.advance(Duration.ofHours(25));

        copy(Copying.Extent.NEWS);

        assertThat(there(log.getFirst())).hasSameBinaryContentAs(here(log.getFirst()));
    }

    @Test
    void runWhenASegmentIsDamagedCopiesTheOthersAndTellsIt() throws IOException {
        var log = log(1, 3, 5);
        var bytes = Files.readAllBytes(here(log.get(1)));
        bytes[bytes.length / 2] ^= 1;
        Files.write(here(log.get(1)), bytes);

        assertThatThrownBy(() -> copy(Copying.Extent.NEWS)).isInstanceOfSatisfying(ProblemException.class, e -> {
            assertThat(e.code()).isEqualTo(ProblemCode.REPOSITORY_DAMAGED);
            assertThat(e.problem().detail()).contains(TestSegments.key(orders.id(), log.get(1)));
        });

        assertThat(there(log.get(0))).exists();
        assertThat(there(log.get(1))).doesNotExist();
        assertThat(there(log.get(2))).exists();
    }

    private SegmentName merge(List<SegmentName> parts) throws IOException {
        var staging = Files.createDirectories(dir.resolve("merging"));
        return TestSegments.merge(backups.repository.vault(), orders.id(), staging, parts.toArray(SegmentName[]::new));
    }

    @Test
    void runWhenSegmentsWereMergedCopiesWhatTookTheirPlaceAlone() throws IOException {
        var log = log(1, 3, 5);
        var merged = merge(log);

        assertThat(copy(Copying.Extent.NEWS).segments()).isEqualTo(1);

        assertThat(there(merged)).hasSameBinaryContentAs(here(merged));
        assertThat(there(log.get(1))).doesNotExist();
    }

    @Test
    void runDeletesWhatWasMergedWhenTheCopyHasWhatTookItsPlaceAndTheRepositoryHasItNoMore() throws IOException {
        var log = log(1, 3, 5);
        copy(Copying.Extent.NEWS);
        var merged = merge(log);
        clock.advance(Duration.ofHours(25));

        copy(Copying.Extent.NEWS);
        assertThat(there(merged)).exists();
        assertThat(there(log.get(1))).as("which the repository has").exists();

        for (var name : log) {
            Files.delete(here(name));
        }
        clock.advance(Duration.ofHours(25));
        copy(Copying.Extent.NEWS);
        assertThat(there(merged)).hasSameBinaryContentAs(here(merged));
        assertThat(there(log.get(0))).doesNotExist();
        assertThat(there(log.get(1))).doesNotExist();
        assertThat(there(log.get(2))).doesNotExist();
        assertThat(backups.catalog.copies.find("disk").orElseThrow().bytes()).isEqualTo(bytesThere());
    }

    @Test
    void runWhenTheMergedSegmentCannotBeCopiedLeavesWhatItReplacedInTheCopy() throws IOException {
        var log = log(1, 3, 5);
        copy(Copying.Extent.NEWS);
        var merged = merge(log);
        for (var name : log) {
            Files.delete(here(name));
        }
        Files.write(here(merged), new byte[2000]);
        clock.advance(Duration.ofHours(25));

        assertThatThrownBy(() -> copy(Copying.Extent.NEWS)).isInstanceOf(ProblemException.class);

        assertThat(there(merged)).doesNotExist();
        assertThat(there(log.get(1))).exists();
    }

    /** Such as one that nobody knows of: it was made, and the service was killed before the catalog had it. */
    @Test
    void runWhenAMergedSegmentIsCutCopiesWhatIsNeededOfItsParts() throws IOException {
        var log = log(1, 3, 5);
        var merged = merge(log);
        cuts.cut(orders.id(), CHAIN, 3);

        copy(Copying.Extent.NEWS);

        assertThat(there(merged)).doesNotExist();
        assertThat(there(log.get(0))).doesNotExist();
        assertThat(there(log.get(1))).hasSameBinaryContentAs(here(log.get(1)));
        assertThat(there(log.get(2))).hasSameBinaryContentAs(here(log.get(2)));
    }

    /** Of an unsealed segment nothing else says whose it is. */
    @Test
    void runWhenASegmentIsAnotherOnesDoesNotCopyIt() throws IOException {
        var log = log(1, 3);
        Files.copy(here(log.get(0)), here(TestSegments.name(CHAIN, 5)));

        assertThatThrownBy(() -> copy(Copying.Extent.NEWS))
                .hasMessageContaining("it has commits 1 to 2 of chain " + CHAIN);

        assertThat(there(TestSegments.name(CHAIN, 5))).doesNotExist();
    }

    @Test
    void runWhenSegmentsWereLetGoDeletesThemThere() throws IOException {
        var log = log(1, 3, 5);
        copy(Copying.Extent.ALL);
        cuts.cut(orders.id(), CHAIN, 5);
        Files.delete(here(log.get(0)));
        Files.delete(here(log.get(1)));

        copy(Copying.Extent.ALL);

        assertThat(there(log.get(0))).doesNotExist();
        assertThat(there(log.get(1))).doesNotExist();
        assertThat(there(log.get(2))).exists();
    }

    @Test
    void runWhenSegmentsAreMissingForAnUnknownReasonDeletesNothingThere() throws IOException {
        var log = log(1, 3, 5);
        copy(Copying.Extent.ALL);
        for (var name : log) {
            Files.delete(here(name));
        }

        copy(Copying.Extent.ALL);

        log.forEach(name -> assertThat(there(name)).exists());
    }

    /** It is about to be deleted: to copy it would be for nothing. */
    @Test
    void runWhenASegmentWasLetGoAndIsStillHereLeavesItAsItIs() {
        var log = log(1, 3);
        cuts.cut(orders.id(), CHAIN, 3);

        copy(Copying.Extent.ALL);

        assertThat(there(log.get(0))).doesNotExist();
        assertThat(there(log.get(1))).exists();
    }

    @Test
    void runWhenNothingMayBeDeletedThereKeepsSegments() throws IOException {
        copying = copying(false);
        var log = log(1, 3);
        copy(Copying.Extent.ALL);
        cuts.cut(orders.id(), CHAIN, 3);
        Files.delete(here(log.get(0)));

        copy(Copying.Extent.ALL);

        assertThat(there(log.get(0))).exists();
    }
}
