package dev.afterimage.jobs.work;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.afterimage.TestClock;
import dev.afterimage.backup.TestBackups;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.copies.Copies;
import dev.afterimage.copies.Copying;
import dev.afterimage.copies.LogCopies;
import dev.afterimage.copies.TestCopies;
import dev.afterimage.jobs.queue.TestJobs;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.repository.log.TestSegments;
import dev.afterimage.sqlite.PageProgress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When jobs are submitted that copy the repository. */
class CopyUpkeepTests {

    @TempDir
    Path dir;

    private final TestClock clock = new TestClock();

    private TestBackups backups;
    private Database orders;
    private TestJobs queue;
    private Path place;
    private Copying copying;
    private LogCopies logCopies;
    private CopyUpkeep upkeep;

    @BeforeEach
    void openHome() throws Exception {
        backups = new TestBackups(dir, clock);
        orders = backups.database("orders", "CREATE TABLE t (v)");
        queue = new TestJobs(backups.catalog, clock);
        place = dir.resolve("elsewhere/copy");
        Copies copies = TestCopies.of(backups, Map.of("disk", place));
        var logs = TestCopies.Logs.of(backups, copies, clock);
        copying = logs.copying();
        logCopies = logs.copies();
        upkeep = new CopyUpkeep(
                copies, backups.catalog.copies, backups.catalog.copied, logCopies, queue.jobs, queue.settings, clock);
        backups.run(orders);
        assertThat(isSubmitted()).as("after each start").isTrue();
        run();
    }

    @AfterEach
    void closeHome() {
        backups.close();
    }

    private Snapshot another() throws Exception {
        TestBackups.execute(orders.path(), "INSERT INTO t VALUES (hex(randomblob(2000)))");
        clock.advance(Duration.ofMinutes(1));
        return backups.run(orders);
    }

    private void run() {
        copying.run("disk", Copying.Extent.ALL, PageProgress.NONE);
    }

    /** Whether it has one submitted now; that has ended when this returns. */
    private boolean isSubmitted() {
        upkeep.submitWhenDue();
        var job = upkeep.pending("disk");
        job.ifPresent(one -> queue.jobs.cancel(one.id()));
        return job.isPresent();
    }

    private boolean isSubmittedWithin(Duration time) {
        clock.advance(time);
        return isSubmitted();
    }

    private void damage(Snapshot snapshot) throws Exception {
        var layer = backups.catalog
                .node
                .repositoryDirectory()
                .orElseThrow()
                .resolve("layers/%s/%s"
                        .formatted(orders.id(), backups.layers(snapshot).getLast()));
        var bytes = Files.readAllBytes(layer);
        bytes[bytes.length / 3] ^= 1;
        Files.write(layer, bytes);
    }

    private void failToRun() {
        assertThatThrownBy(this::run).isInstanceOf(ProblemException.class);
    }

    @Test
    void submitWhenDueWhenTheCopyHasAllWaitsForASnapshotOrADay() throws Exception {
        assertThat(isSubmitted()).isFalse();
        assertThat(isSubmittedWithin(Duration.ofHours(23))).isFalse();
        assertThat(isSubmittedWithin(Duration.ofHours(2))).isTrue();
        run();

        another();

        assertThat(isSubmitted()).isTrue();
    }

    @Test
    void submitWhenDueWhenASegmentOfALogCouldNotBePutDoesAtOnce() throws Exception {
        var vault = backups.repository.vault();
        var name = TestSegments.put(vault, orders.id(), UUID.randomUUID(), 1);
        long bytes = vault.storage().size(TestSegments.key(orders.id(), name));
        Files.move(place, dir.resolve("unmounted"));

        assertThat(logCopies.put(orders.id(), name, bytes)).isEmpty();

        assertThat(isSubmitted()).isTrue();
        Files.move(dir.resolve("unmounted"), place);
        run();
        assertThat(isSubmitted()).isFalse();
        assertThat(place.resolve(TestSegments.key(orders.id(), name))).exists();
    }

    @Test
    void submitWhenDueAfterDamageInTheRepositoryWaitsLongerAndLonger() throws Exception {
        damage(another());
        failToRun();

        assertThat(isSubmittedWithin(Duration.ofSeconds(121))).isTrue();
        failToRun();
        assertThat(isSubmittedWithin(Duration.ofSeconds(121))).isFalse();
        assertThat(isSubmittedWithin(Duration.ofSeconds(121))).isTrue();
        for (int i = 0; i < 10; i++) {
            failToRun();
        }
        assertThat(isSubmittedWithin(Duration.ofHours(5))).isFalse();
        assertThat(isSubmittedWithin(Duration.ofMinutes(61))).isTrue();
        assertThat(backups.catalog.copies.find("disk").orElseThrow().problem())
                .contains("1 objects of the repository are damaged");
    }

    @Test
    void submitWhenDueAfterDamageInTheRepositoryBringsWhatHasComeSince() throws Exception {
        damage(another());
        failToRun();
        failToRun();
        assertThat(isSubmitted()).isFalse();

        backups.run(backups.database("stock", "CREATE TABLE t (v)"));

        assertThat(isSubmitted()).isTrue();
        failToRun();
        assertThat(isSubmitted()).as("nothing has come since").isFalse();
    }

    @Test
    void submitWhenDueWhileThePlaceIsAwayTriesEveryTwoMinutes() throws Exception {
        Files.move(place, dir.resolve("unmounted"));
        another();
        for (int i = 0; i < 5; i++) {
            failToRun();
            assertThat(isSubmittedWithin(Duration.ofSeconds(110))).isFalse();
            assertThat(isSubmittedWithin(Duration.ofSeconds(11))).isTrue();
        }
    }
}
