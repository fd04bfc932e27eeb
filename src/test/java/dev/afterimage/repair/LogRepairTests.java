package dev.afterimage.repair;

import static dev.afterimage.problem.ProblemAssertions.assertThatProblem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.afterimage.TestClock;
import dev.afterimage.backup.TestBackups;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.log.LogChecks;
import dev.afterimage.catalog.log.LogCuts;
import dev.afterimage.catalog.log.LogSegments;
import dev.afterimage.check.TestCheck;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.repository.log.TestSegments;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.storage.local.LocalStorage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A log that has lost segments, and copies of it. */
class LogRepairTests {

    private static final UUID CHAIN = UUID.fromString("00000000-0000-0000-0000-0000000000c1");

    @TempDir
    Path dir;

    private final TestClock clock = new TestClock();
    private final List<String> keys = new ArrayList<>();
    private final List<byte[]> written = new ArrayList<>();

    private TestBackups backups;
    private Database orders;
    private Path own;
    private Path disk;

    /** Segments 1, 3, 5 and 7. */
    @BeforeEach
    void openHome() throws Exception {
        backups = new TestBackups(dir, clock);
        orders = backups.database("orders", "CREATE TABLE t (v)");
        backups.run(orders);
        own = backups.catalog.node.repositoryDirectory().orElseThrow();
        disk = dir.resolve("elsewhere/disk");
        for (long first = 1; first < 8; first += 2) {
            var name = TestSegments.put(backups.repository.vault(), orders.id(), CHAIN, first);
            keys.add(TestSegments.key(orders.id(), name));
            written.add(Files.readAllBytes(own.resolve(keys.getLast())));
        }
        try (var files = Files.walk(own)) {
            for (var file : files.filter(Files::isRegularFile).toList()) {
                var copy = disk.resolve(own.relativize(file).toString());
                Files.createDirectories(copy.getParent());
                Files.copy(file, copy);
            }
        }
    }

    @AfterEach
    void closeHome() {
        backups.close();
    }

    private Repaired run(boolean dryRun) {
        var storage = new LocalStorage(own, 0, backups.catalog.adoptions::current);
        return TestRepair.from(backups, storage, disk.getParent(), List.of("disk"), clock)
                .run(new RepairOrder(null, dryRun), backups.staging(), PageProgress.NONE);
    }

    private static void damage(Path file) throws IOException {
        var bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);
    }

    private void assertWhole(int... segments) {
        for (int segment : segments) {
            assertThat(own.resolve(keys.get(segment))).hasBinaryContent(written.get(segment));
        }
    }

    @Test
    void runWhenSegmentsAreDamagedOrMissingPutsThemBackByteForByte() throws IOException {
        damage(own.resolve(keys.get(0)));
        Files.delete(own.resolve(keys.get(1)));
        Files.delete(own.resolve(keys.get(3)));
        var check = TestCheck.ofRepository(backups, clock);
        assertThatProblem(ProblemCode.LOG_DAMAGED).isThrownBy(() -> check.run(1, PageProgress.NONE));

        var repaired = run(false);

        assertThat(repaired.objects()).isEqualTo(3);
        assertWhole(0, 1, 2, 3);
        assertThat(check.run(1, PageProgress.NONE).segmentsChecked()).isEqualTo(4);
    }

    @Test
    void runOnTrialTellsWhatItWouldPutBackAndChangesNothing() throws IOException {
        damage(own.resolve(keys.get(0)));
        Files.delete(own.resolve(keys.get(1)));
        var before = Files.readAllBytes(own.resolve(keys.get(0)));

        assertThat(run(true).objects()).isEqualTo(2);

        assertThat(own.resolve(keys.get(0))).hasBinaryContent(before);
        assertThat(own.resolve(keys.get(1))).doesNotExist();
    }

    @Test
    void runWhenNoCopyHasASegmentWholeTellsItAndPutsTheOthersBack() throws IOException {
        damage(own.resolve(keys.get(0)));
        damage(disk.resolve(keys.get(0)));
        damage(own.resolve(keys.get(2)));
        var before = Files.readAllBytes(own.resolve(keys.get(0)));

        var failed = catchThrowableOfType(ProblemException.class, () -> run(false));

        assertThat(failed.code()).isEqualTo(ProblemCode.REPOSITORY_DAMAGED);
        assertThat(failed.problem().properties().get("damaged").toString()).contains(keys.get(0));
        assertThat(own.resolve(keys.get(0))).hasBinaryContent(before);
        assertWhole(1, 2, 3);
    }

    @Test
    void runWhenASegmentIsNowhereTellsThatItIsMissing() throws IOException {
        Files.delete(own.resolve(keys.get(1)));
        Files.delete(disk.resolve(keys.get(1)));

        var failed = catchThrowableOfType(ProblemException.class, () -> run(false));

        assertThat(failed.problem().properties().get("damaged").toString())
                .contains(keys.get(1), "it is missing")
                .doesNotContain(keys.get(2));
    }

    @Test
    void runLeavesAwayWhatWasLetGo() throws IOException {
        new LogCuts(backups.catalog.catalog).cut(orders.id(), CHAIN, 5);
        Files.delete(own.resolve(keys.get(0)));
        Files.delete(own.resolve(keys.get(1)));
        Files.delete(own.resolve(keys.get(2)));

        assertThat(run(false).objects()).isEqualTo(1);

        assertThat(own.resolve(keys.get(0))).doesNotExist();
        assertThat(own.resolve(keys.get(1))).doesNotExist();
        assertWhole(2, 3);
    }

    private String merge(Vault vault) throws IOException {
        var staging = Files.createDirectories(dir.resolve("merging"));
        return TestSegments.key(
                orders.id(),
                TestSegments.merge(
                        vault, orders.id(), staging, TestSegments.name(CHAIN, 3), TestSegments.name(CHAIN, 5)));
    }

    @Test
    void runWhenAMergedSegmentIsDamagedPutsItBackAndNotWhatItReplaced() throws IOException {
        var merged = merge(backups.repository.vault());
        var bytes = Files.readAllBytes(own.resolve(merged));
        Files.write(disk.resolve(merged), bytes);
        Files.delete(own.resolve(keys.get(1)));
        Files.delete(own.resolve(keys.get(2)));
        damage(own.resolve(merged));

        assertThat(run(false).objects()).isEqualTo(1);

        assertThat(own.resolve(merged)).hasBinaryContent(bytes);
        assertThat(own.resolve(keys.get(1))).doesNotExist();
        assertWhole(0, 3);
    }

    @Test
    void runWhenOnlyTheCopyHasAMergedSegmentPutsItBack() throws IOException {
        var merged = merge(backups.repository.vault());
        Files.move(own.resolve(merged), disk.resolve(merged));
        Files.delete(own.resolve(keys.get(1)));

        assertThat(run(false).objects()).isEqualTo(1);

        assertThat(own.resolve(merged)).hasSameBinaryContentAs(disk.resolve(merged));
    }

    @Test
    void runWhenAMergedSegmentOfTheCopyIsDamagedAndAllThatItReplacedIsThereLeavesIt() throws IOException {
        var merged = merge(backups.repository.vault());
        Files.move(own.resolve(merged), disk.resolve(merged));
        damage(disk.resolve(merged));

        assertThat(run(false).objects()).isZero();

        assertThat(own.resolve(merged)).doesNotExist();
        assertWhole(0, 1, 2, 3);
    }

    @Test
    void runWhenAMergedSegmentIsDamagedAndNoCopyHasItBringsBackWhatItWasMadeOf() throws IOException {
        var merged = merge(backups.repository.vault());
        damage(own.resolve(merged));
        Files.delete(own.resolve(keys.get(1)));
        Files.delete(own.resolve(keys.get(2)));

        assertThat(run(false).objects()).isEqualTo(2);

        assertThat(own.resolve(merged)).doesNotExist();
        assertWhole(0, 1, 2, 3);
        var rows = new LogSegments(backups.catalog.catalog).all(orders.id());
        assertThat(rows).hasSize(4);
    }

    /** The last one that has those commits must not go because of parts that were listed. */
    @Test
    void runWhenThePartsOfADamagedMergedSegmentGoMeanwhileLeavesIt() throws IOException {
        var merged = merge(backups.repository.vault());
        damage(own.resolve(merged));
        Files.delete(disk.resolve(keys.get(1)));
        var isGone = new AtomicBoolean();
        var storage = new LocalStorage(own, 0, backups.catalog.adoptions::current);
        var repair = TestRepair.from(backups, storage, disk.getParent(), List.of("disk"), clock);

        var failed = catchThrowableOfType(
                ProblemException.class,
                () -> repair.run(new RepairOrder(null, false), backups.staging(), (done, total) -> {
                    if (!isGone.getAndSet(true)) {
                        delete(own.resolve(keys.get(1)));
                    }
                }));

        assertThat(failed.problem().properties().get("damaged").toString()).contains(merged);
        assertThat(own.resolve(merged)).exists();
    }

    private static void delete(Path file) {
        try {
            Files.delete(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void runOnTrialLeavesADamagedMergedSegment() throws IOException {
        var merged = merge(backups.repository.vault());
        damage(own.resolve(merged));
        Files.delete(own.resolve(keys.get(1)));

        assertThat(run(true).objects()).isEqualTo(1);

        assertThat(own.resolve(merged)).exists();
        assertThat(own.resolve(keys.get(1))).doesNotExist();
    }

    @Test
    void runWhenWhatItHasListedIsMergedMeanwhileMissesNothing() throws IOException {
        var isMerged = new AtomicBoolean();
        var storage = new LocalStorage(own, 0, backups.catalog.adoptions::current);
        Files.delete(disk.resolve(keys.get(1)));
        var repaired = TestRepair.from(backups, storage, disk.getParent(), List.of("disk"), clock)
                .run(new RepairOrder(null, false), backups.staging(), (done, total) -> {
                    if (!isMerged.getAndSet(true)) {
                        try {
                            merge(backups.repository.vault());
                            Files.delete(own.resolve(keys.get(1)));
                            Files.delete(own.resolve(keys.get(2)));
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    }
                });

        assertThat(repaired.objects()).isZero();
        assertThat(own.resolve(keys.get(1))).doesNotExist();
        assertThat(own.resolve(keys.get(2))).doesNotExist();
    }

    @Test
    void runForgetsWhatWasFoundInASegmentThatWasMergedMeanwhile() throws IOException {
        var checks = new LogChecks(backups.catalog.catalog);
        checks.found(orders.id(), new LogChecks.Place(CHAIN, 3, 4), "it is damaged");
        merge(backups.repository.vault());
        Files.delete(own.resolve(keys.get(1)));

        run(false);

        assertThat(checks.withFindings(orders.id())).isEmpty();
    }

    /** A copy may have got damage of its own, or another object under the name. */
    @Test
    void runWhenACopyHasAnotherSegmentUnderTheNameDoesNotTakeIt() throws IOException {
        var other = TestSegments.name(CHAIN, 9);
        Files.copy(disk.resolve(keys.get(0)), disk.resolve(TestSegments.key(orders.id(), other)));

        catchThrowableOfType(ProblemException.class, () -> run(false));

        assertThat(own.resolve(TestSegments.key(orders.id(), other))).doesNotExist();
        assertWhole(0, 1, 2, 3);
    }
}
