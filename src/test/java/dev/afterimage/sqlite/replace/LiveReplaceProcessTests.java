package dev.afterimage.sqlite.replace;

import static dev.afterimage.problem.ProblemAssertions.assertThatProblem;
import static dev.afterimage.sqlite.SampleDatabases.ask;
import static dev.afterimage.sqlite.SampleDatabases.content;
import static dev.afterimage.sqlite.SampleDatabases.filesIn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.afterimage.Torture;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.sqlite.GenerationApplication;
import dev.afterimage.sqlite.LiveApplication;
import dev.afterimage.sqlite.OtherProcess;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.SampleDatabases;
import dev.afterimage.sqlite.live.CaptureOptions;
import dev.afterimage.sqlite.live.HotJournals;
import dev.afterimage.sqlite.live.SourceException;
import dev.afterimage.sqlite.live.WriteLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Live databases get new content while other processes use them, hold them, or die. */
class LiveReplaceProcessTests {

    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final int KILLS = 2;

    @TempDir
    Path directory;

    private Path target;
    private Path source;

    @BeforeEach
    void paths() throws Exception {
        target = Files.createDirectory(directory.resolve("live")).resolve("target.db");
        source = Files.createDirectory(directory.resolve("staging")).resolve("source.db");
    }

    @ParameterizedTest
    @ValueSource(strings = {"WAL", "DELETE"})
    void runWhileOthersReadAndWriteShowsThemTheOldStateOrTheNewOne(String journalMode) {
        GenerationApplication.database(target, 1, journalMode, 4000);
        try (var writer = OtherProcess.start(GenerationApplication.class, "write", target);
                var reader = OtherProcess.start(GenerationApplication.class, "read", target)) {
            writer.awaitLine("working");
            reader.awaitLine("working");

            for (int generation = 2; generation <= 5; generation++) {
                var content = directory.resolve("staging/" + generation);
                GenerationApplication.database(content, generation, "DELETE", generation * 3000);
                var replacement = replace(target, content, PATIENCE, PageProgress.NONE);

                assertThat(replacement.pagesChangedSince()).isLessThan(20);
                System.out.println(journalMode + ": the lock was held for " + replacement.lockHeld());
            }

            for (var application : List.of(writer, reader)) {
                application.send("stop");
                assertThat(application.nextLine()).as("generation").isEqualTo("5");
                assertThat(Long.parseLong(application.nextLine())).isGreaterThan(20);
                System.out.println(journalMode + ": longest wait " + application.nextLine() + " ms");
                assertThat(application.awaitExit()).isZero();
            }
        }
        assertThat(ask(target, "PRAGMA integrity_check")).isEqualTo("ok");
        assertThat(ask(target, "PRAGMA journal_mode")).isEqualToIgnoringCase(journalMode);
    }

    @ParameterizedTest(name = "{0}, pages of {1} and {2} bytes")
    @CsvSource({"WAL, 4096, 4096", "DELETE, 4096, 4096", "DELETE, 8192, 1024"})
    void runWhenKilledLeavesTheOldStateOrTheNewOne(String journalMode, int pageSize, int otherPageSize)
            throws Exception {
        var one = large(directory.resolve("staging/one"), pageSize, 6000);
        var two = large(directory.resolve("staging/two"), otherPageSize, 11000);
        Files.copy(one, target);
        SampleDatabases.create(target, "PRAGMA journal_mode = " + journalMode);
        var contentOfOne = content(one);
        var contentOfTwo = content(two);
        var random = new Random(5);
        long end = System.nanoTime() + Torture.TIME.toNanos() / 3;
        int inMidTransaction = 0;
        int ones = 0;
        for (int kill = 0;
                kill < KILLS || System.nanoTime() < end || inMidTransaction == 0 && kill < 15 * KILLS;
                kill++) {
            try (var replacing = OtherProcess.start(ReplacingProcess.class, target, two, one)) {
                replacing.awaitLine("replacing");
                LockSupport.parkNanos(random.nextLong(500_000_000));
                replacing.kill();
            }
            var beside = directory.resolve("live/target.db-" + (journalMode.equals("WAL") ? "wal" : "journal"));
            inMidTransaction += Files.exists(beside) && Files.size(beside) > 0 ? 1 : 0;

            assertThat(ask(target, "PRAGMA integrity_check")).isEqualTo("ok");
            boolean isOne = content(target).equals(contentOfOne);
            ones += isOne ? 1 : 0;
            if (!isOne) {
                assertThat(content(target).equals(contentOfTwo)).isTrue();
            }
            assertThat(ask(target, "PRAGMA journal_mode")).isEqualToIgnoringCase(journalMode);
        }
        System.out.println(journalMode + ": " + inMidTransaction + " in mid-transaction, " + ones + " one");
        assertThat(inMidTransaction).isPositive();
    }

    private static Path large(Path file, int pageSize, int rows) {
        return SampleDatabases.create(
                file,
                "PRAGMA page_size = " + pageSize,
                "CREATE TABLE item AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " + rows
                        + ") SELECT i AS id, randomblob(900) AS content FROM n",
                "CREATE INDEX item_id ON item (id)");
    }

    @ParameterizedTest(name = "{0} held by {1}")
    @CsvSource({"WAL, IMMEDIATE", "DELETE, IMMEDIATE", "DELETE, EXCLUSIVE"})
    void runWhenAWriterKeepsTheLockThrowsInUseNamingItAndLeavesTheTarget(String journalMode, String lock)
            throws Exception {
        SampleDatabases.accounts(target, journalMode);
        GenerationApplication.database(source, 2, "DELETE", 100);
        var before = content(target);
        try (var application = OtherProcess.start(LiveApplication.class, "hold", target, lock)) {
            application.awaitLine("holding");

            assertThatProblem(ProblemCode.TARGET_IN_USE, "is in use by")
                    .isThrownBy(() -> replace(target, source, Duration.ofMillis(300), PageProgress.NONE))
                    .satisfies(inUse -> {
                        assertThat(inUse.problem().properties().get("holders"))
                                .asInstanceOf(InstanceOfAssertFactories.list(Map.class))
                                .singleElement()
                                .satisfies(holder -> {
                                    assertThat(holder.get("pid")).isEqualTo(application.pid());
                                    assertThat((Collection<?>) holder.get("locks"))
                                            .isNotEmpty();
                                });
                        assertThat(inUse.getMessage()).contains("process " + application.pid());
                    });

            application.send("release");
            application.awaitLine("released");
        }
        assertThat(content(target)).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"WAL", "DELETE"})
    void runWhenTheLockIsReleasedInTimeSucceeds(String journalMode) {
        SampleDatabases.accounts(target, journalMode);
        GenerationApplication.database(source, 2, "DELETE", 100);
        try (var application = OtherProcess.start(LiveApplication.class, "hold", target, "IMMEDIATE")) {
            application.awaitLine("holding");
            var told = new AtomicBoolean();

            replace(target, source, PATIENCE, (done, total) -> {
                if (told.compareAndSet(false, true)) {
                    application.send("release");
                }
            });

            assertThat(told).isTrue();
            assertThat(ask(target, "SELECT number FROM generation")).isEqualTo("2");
        }
    }

    /** Else it would write all of the WAL back itself. */
    @Test
    void runWhenAnApplicationCommitsNextHasTheWalWrittenBackForIt() throws Exception {
        SampleDatabases.accounts(target, "WAL");
        GenerationApplication.database(source, 2, "DELETE", 9000);
        long bytes = Files.size(source);
        try (var application = OtherProcess.start(LiveApplication.class, "obey", target);
                var replacement = LiveReplace.of(target, HotJournals.SETTLE)) {
            application.awaitLine("obeying");
            var whenReplaced = new WhenChanged() {
                @Override
                public void keep(LockedState state) {}

                @Override
                public void replaced() {
                    await().until(() -> Files.size(target) == bytes);
                    assertThat(application.ask("CREATE TABLE theirs AS SELECT 7 AS seven"))
                            .isEqualTo("done");
                }
            };
            var replaced = replacement.run(source, PATIENCE, whenReplaced, PageProgress.NONE);

            assertThat(replaced.pagesChangedSince())
                    .as("what is read back was pinned before")
                    .isZero();
        }
        assertThat(ask(target, "SELECT seven FROM theirs")).isEqualTo("7");
        assertThat(ask(target, "SELECT number FROM generation")).isEqualTo("2");
        assertThat(ask(target, "PRAGMA integrity_check")).isEqualTo("ok");
        assertThat(filesIn(target.getParent())).containsExactly("target.db");
    }

    /** Who has waited for the commit may then keep readers out for longer than SQLite waits. */
    @Test
    void runWhenAWriterLocksTheTargetAfterTheCommitReadsBackLater() throws Exception {
        SampleDatabases.accounts(target, "DELETE");
        GenerationApplication.database(source, 2, "DELETE", 100);
        try (var application = OtherProcess.start(LiveApplication.class, "obey", target)) {
            application.awaitLine("obeying");
            var locked = new AtomicBoolean();
            var replacing = new FutureTask<>(() -> replaceLocking(application, locked));
            var thread = Thread.ofPlatform().start(replacing);
            while (!(locked.get() && waitsForTheLock(thread)) && thread.isAlive()) {
                Thread.onSpinWait();
            }
            assertThat(application.ask("COMMIT")).isEqualTo("done");

            assertThat(replacing.get().pagesChangedSince()).isZero();
            assertThat(ask(target, "SELECT number FROM generation")).isEqualTo("2");
        }
    }

    /** The work is done by a thread of its own, which is confined to the target's directory. */
    private static boolean waitsForTheLock(Thread replacing) {
        var confined = replacing.getName() + "-confined";
        return Thread.getAllStackTraces().keySet().stream()
                .anyMatch(
                        thread -> thread.getName().equals(confined) && thread.getState() == Thread.State.TIMED_WAITING);
    }

    private LiveReplace.Outcome replaceLocking(OtherProcess application, AtomicBoolean locked) {
        try (var replacement = LiveReplace.of(target, HotJournals.SETTLE)) {
            return replacement.run(
                    source,
                    PATIENCE,
                    new WhenChanged() {
                        @Override
                        public void keep(LockedState state) {}

                        @Override
                        public void replaced() {
                            assertThat(application.ask("BEGIN EXCLUSIVE")).isEqualTo("done");
                            locked.set(true);
                        }
                    },
                    PageProgress.NONE);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void openWhenAnotherFileWasPutInItsPlaceIsToBeTriedAgain(boolean thereIsAnother) throws Exception {
        var file = LiveTarget.find(SampleDatabases.accounts(target, "DELETE"));
        GenerationApplication.database(source, 2, "DELETE", 100);
        var command = thereIsAnother ? new String[] {"mv", "" + source, "" + target} : new String[] {"rm", "" + target};
        assertThat(new ProcessBuilder(command).start().waitFor()).isZero();

        assertThatProblem(ProblemCode.TARGET_IN_USE, "was replaced or deleted")
                .isThrownBy(() -> LiveTarget.open(file, Duration.ZERO, HotJournals.SETTLE))
                .satisfies(e -> assertThat(e.code()).isEqualTo(ProblemCode.TARGET_IN_USE));
        assertThatExceptionOfType(SourceException.Replaced.class)
                .isThrownBy(() -> WriteLock.take(file, new CaptureOptions(Duration.ZERO, 0), PageProgress.NONE));
    }

    @Test
    void runWhenAKilledWriterLeftAHotJournalReplacesWhatItRolledBack() throws Exception {
        SampleDatabases.accounts(target, "DELETE");
        GenerationApplication.database(source, 2, "DELETE", 100);
        try (var application = OtherProcess.start(LiveApplication.class, "die", target)) {
            application.awaitLine("in mid-transaction");
            application.kill();
        }
        assertThat(Files.size(directory.resolve("live/target.db-journal"))).isPositive();

        replace(target, source, PATIENCE, PageProgress.NONE);

        assertThat(content(target)).isEqualTo(content(source));
        assertThat(filesIn(target.getParent())).containsExactly("target.db");
    }

    @ParameterizedTest
    @ValueSource(strings = {"WAL", "DELETE"})
    void runWhenTheSystemRefusesToLetItsFilesGrowLeavesTheTarget(String journalMode) throws Exception {
        SampleDatabases.accounts(target, journalMode);
        GenerationApplication.database(source, 2, "DELETE", 9000);
        var before = Files.readAllBytes(target);
        var limited = List.of("env", "LC_ALL=C", "sh", "-c", "ulimit -f 4096 && exec \"$@\"", "sh");

        try (var replacing = OtherProcess.startUnder(limited, ReplacingProcess.class, target, source)) {
            assertThat(replacing.nextLine()).isEqualTo("TARGET_UNWRITABLE");
            assertThat(replacing.nextLine()).contains("target.db").contains("disk I/O error");
            assertThat(replacing.awaitExit()).isZero();
        }

        assertThat(ask(target, "PRAGMA integrity_check")).isEqualTo("ok");
        assertThat(Files.readAllBytes(target)).isEqualTo(before);
    }

    private static LiveReplace.Outcome replace(Path target, Path source, Duration patience, PageProgress progress) {
        try (var replacement = LiveReplace.of(target, HotJournals.SETTLE)) {
            return replacement.run(source, patience, WhenChanged.NONE, progress);
        }
    }
}
