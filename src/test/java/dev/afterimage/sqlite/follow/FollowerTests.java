package dev.afterimage.sqlite.follow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.sqlite.Beside;
import dev.afterimage.sqlite.Connections;
import dev.afterimage.sqlite.LiveApplication;
import dev.afterimage.sqlite.OtherProcess;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.SampleDatabases;
import dev.afterimage.sqlite.capture.OnlineCopy;
import dev.afterimage.sqlite.follow.Follower.Continuity;
import dev.afterimage.sqlite.live.CaptureOptions;
import dev.afterimage.sqlite.live.Checkpoint;
import dev.afterimage.sqlite.live.DatabaseFacts;
import dev.afterimage.sqlite.live.LiveFile;
import dev.afterimage.sqlite.live.SourceException;
import dev.afterimage.sqlite.live.SourceFile;
import dev.afterimage.sqlite.live.WalReader;
import dev.afterimage.sqlite.state.FileStamp;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.sql.DriverManager;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** With an application that is a process of its own. */
class FollowerTests {

    private static final int PAGE_SIZE = 4096;

    /** Of the second copy of the header of the WAL index, how many frames there are. */
    private static final int FRAMES_OF_SECOND_COPY = 64;

    /** Of the {@code -shm}. */
    private static final int LOCK_OF_MARK_ZERO = 123;

    @TempDir
    Path directory;

    private Path source;
    private RebuiltDatabase rebuilt;
    private OtherProcess application;

    @BeforeEach
    void start() throws IOException {
        source = SampleDatabases.accounts(directory.resolve("source.db"), "WAL");
        rebuilt = new RebuiltDatabase(source, rebuiltFile(), PAGE_SIZE, (_, _) -> {});
        application = OtherProcess.start(LiveApplication.class, "obey", source);
        application.awaitLine("obeying");
    }

    @AfterEach
    void stop() {
        application.close();
    }

    private Path rebuiltFile() {
        return directory.resolve("rebuilt.db");
    }

    private void commit(int id) {
        run("UPDATE account SET balance = balance + 1 WHERE id = " + id);
    }

    private void run(String sql) {
        assertThat(application.ask(sql)).isEqualTo("done");
    }

    private void assertTurn(Follower follower) {
        assertThat(follower.turn(rebuilt)).isEqualTo(Continuity.CONTINUED);
    }

    private void getOutOfTheWay(Follower follower) {
        for (int turns = 0; follower.hasMoved(); turns++) {
            assertThat(turns).isLessThan(100);
            assertTurn(follower);
        }
    }

    /** When nobody follows any more. */
    private void assertRebuiltIsAsThere() throws IOException {
        run("PRAGMA wal_checkpoint(TRUNCATE)");
        assertThat(Files.mismatch(rebuiltFile(), copy("now.db"))).isEqualTo(-1);
    }

    private Path copy(String name) throws IOException {
        return Files.copy(source, directory.resolve(name), StandardCopyOption.REPLACE_EXISTING);
    }

    /** The last one who closes takes the WAL away: what is there then looks as if nobody had come. */
    @Test
    void beginWhenSomebodyWithoutAnApplicationBesideCameAndWentMeanwhileIsAGap() throws Exception {
        leaveNoWal();
        awaitATick();
        var before = positionOfBegin();

        try (var writer = SampleDatabases.open(source)) {
            writer.createStatement().execute("UPDATE account SET balance = balance + 1");
        }

        try (var follower = Follower.begin(source, before)) {
            assertThat(follower.continuity()).isEqualTo(Continuity.GAP);
            assertThat(follower.position().frames()).isZero();
        }
    }

    @Test
    void beginWithoutAWalGoesOnWhereTheFileWasNotWrittenMeanwhile() throws Exception {
        leaveNoWal();
        awaitATick();
        var before = positionOfBegin();

        try (var follower = Follower.begin(source, before)) {
            assertThat(follower.continuity()).isEqualTo(Continuity.CONTINUED);
        }
    }

    @Test
    void beginWithoutAWalIsAGapWhereTheFileWasJustWritten() throws Exception {
        leaveNoWal();
        Files.setLastModifiedTime(source, FileTime.from(Instant.now()));
        var before = positionOfBegin();

        assertThat(before.stamp()).isNull();
        try (var follower = Follower.begin(source, before)) {
            assertThat(follower.continuity()).isEqualTo(Continuity.GAP);
        }
    }

    private void leaveNoWal() throws Exception {
        application.close();
        try (var last = SampleDatabases.open(source)) {
            Connections.number(last, "SELECT count(*) FROM account");
        }
        assertThat(Beside.wal(source)).doesNotExist();
    }

    private WalPosition positionOfBegin() {
        try (var follower = Follower.begin(source, null)) {
            assertThat(follower.position().isWithoutWal()).isTrue();
            return follower.position();
        }
    }

    /** Until a further write gives the file another time. */
    private void awaitATick() {
        await().until(() -> FileStamp.of(SourceFile.find(source)).isOlderThanATick(Instant.now()));
    }

    @Test
    void turnTakesEachCommitOnce() throws Exception {
        try (var follower = Follower.begin(source, null)) {
            commit(1);
            commit(2);
            assertTurn(follower);
            commit(3);
            assertTurn(follower);
            assertTurn(follower);
        }
        assertThat(rebuilt.commits()).isEqualTo(3);
        assertRebuiltIsAsThere();
    }

    /**
     * What was committed between the pin and the look at the WAL index is taken, too, and the state that is pinned is older than that: a checkpoint
     * would wait for it in vain.
     */
    @Test
    void hasMovedWhileTheStateThatIsHeldIsNotTheNewest() throws Exception {
        var over = new AtomicBoolean();
        var looksWithoutNews = new AtomicInteger();
        try (var follower = Follower.begin(source, null);
                var connection = SampleDatabases.open(source)) {
            var following = Thread.ofPlatform().start(() -> {
                while (!over.get()) {
                    if (follower.hasMoved()) {
                        looksWithoutNews.set(0);
                        follower.turn(rebuilt);
                    } else {
                        looksWithoutNews.incrementAndGet();
                    }
                    LockSupport.parkNanos(100_000);
                }
            });
            try {
                SampleDatabases.execute(connection, "PRAGMA busy_timeout = 2000");
                for (int i = 0; i < 200; i++) {
                    SampleDatabases.execute(connection, "UPDATE account SET balance = balance + 1 WHERE id = 1");
                    looksWithoutNews.set(0);
                    while (looksWithoutNews.get() < 3) {
                        Thread.onSpinWait();
                    }
                    assertThat(Connections.number(connection, "PRAGMA wal_checkpoint(TRUNCATE)"))
                            .as("busy")
                            .isZero();
                }
            } finally {
                over.set(true);
                following.join();
            }
        }
    }

    @Test
    void beginWhenFramesAreInTheWalTakesOnlyWhatIsCommittedLater() throws Exception {
        commit(1);
        try (var follower = Follower.begin(source, null)) {
            assertTurn(follower);
            commit(2);
            assertTurn(follower);
        }
        assertThat(rebuilt.commits()).isEqualTo(1);
    }

    @Test
    void beginWhenItIsNotInWalModeSaysSo() {
        var other = SampleDatabases.accounts(directory.resolve("other.db"), "DELETE");

        assertThatThrownBy(() -> Follower.begin(other, null))
                .isInstanceOfSatisfying(
                        ProblemException.class, e -> assertThat(e.code()).isEqualTo(ProblemCode.NOT_FOLLOWABLE));
    }

    @Test
    void beginWhenItsApplicationLetsNobodyInSaysSo() {
        run("PRAGMA locking_mode = EXCLUSIVE");
        commit(1);

        assertThatExceptionOfType(SourceException.Locked.class).isThrownBy(() -> Follower.begin(source, null));
    }

    @Test
    void hasMovedIsTrueFromACommitToTheNextTurn() {
        try (var follower = Follower.begin(source, null)) {
            assertTurn(follower);
            getOutOfTheWay(follower); // all is in the database file

            commit(1);
            assertThat(follower.hasMoved()).isTrue();

            assertTurn(follower);
            assertThat(follower.hasMoved()).isFalse();
        }
    }

    /** Each time the salts jump, and nothing is in it. */
    @Test
    void turnWhenTheWalWasBegunAnewSeveralTimesGoesOn() throws Exception {
        commit(1);
        try (var follower = Follower.begin(source, null)) {
            for (int round = 1; round <= 5; round++) {
                assertThat(follower.checkpoint()).isTrue();
                assertTurn(follower);
                run("PRAGMA wal_checkpoint(TRUNCATE)");
                run("PRAGMA wal_checkpoint(RESTART)");
                run("PRAGMA wal_checkpoint(TRUNCATE)");
                commit(round);
                commit(round + 1);
                assertTurn(follower);
            }
        }
        assertThat(rebuilt.commits()).isEqualTo(10);
    }

    /** A mark keeps what is behind it. */
    @ParameterizedTest
    @ValueSource(strings = {"FULL", "RESTART", "TRUNCATE"})
    void turnWhenTheApplicationChecksPointTakesWhatWasCommittedBeforeAndAfter(String mode) throws Exception {
        try (var follower = Follower.begin(source, null)) {
            commit(1);
            run("PRAGMA wal_checkpoint(" + mode + ")");
            commit(2);
            assertTurn(follower);
            run("PRAGMA wal_checkpoint(" + mode + ")");
            commit(3);
            assertTurn(follower);
        }
        assertThat(rebuilt.commits()).isEqualTo(3);
        assertRebuiltIsAsThere();
    }

    @Test
    void turnWhenATransactionWasRolledBackAfterItsPagesWereInTheWalTakesNoneOfThem() throws Exception {
        try (var follower = Follower.begin(source, null)) {
            run("PRAGMA cache_size = 5");
            run("BEGIN");
            run("UPDATE account SET balance = -1, note = 'never committed'");
            assertTurn(follower);
            run("ROLLBACK");
            assertTurn(follower);
            assertThat(rebuilt.commits()).isZero();
            commit(1);
            assertTurn(follower);
        }
        assertThat(rebuilt.commits()).isEqualTo(1);
        assertRebuiltIsAsThere();
    }

    @Test
    void turnWhenItShrinksLeavesNoPageBehind() throws Exception {
        run("CREATE TABLE much AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200)"
                + " SELECT i, randomblob(4000) AS content FROM n");
        run("PRAGMA wal_checkpoint(TRUNCATE)");
        rebuilt = new RebuiltDatabase(copyBy("base.db"), rebuiltFile(), PAGE_SIZE, (_, _) -> {});
        try (var follower = Follower.begin(source, null)) {
            run("DROP TABLE much");
            run("VACUUM");
            assertTurn(follower);
        }
        assertRebuiltIsAsThere();
    }

    private Path copyBy(String name) throws Exception {
        var copy = directory.resolve(name);
        assertThat(new ProcessBuilder("cp", source.toString(), copy.toString())
                        .start()
                        .waitFor())
                .isZero();
        return copy;
    }

    /** With {@code psow=0} a commit's last frame is repeated up to the end of a sector. */
    @Test
    void turnWhenFramesAreRepeatedForSectorsCountsACommitOnce() throws Exception {
        try (var follower = Follower.begin(source, null);
                var connection = DriverManager.getConnection("jdbc:sqlite:file:" + source + "?psow=0")) {
            SampleDatabases.execute(connection, "PRAGMA synchronous = FULL");
            for (int i = 1; i <= 3; i++) {
                SampleDatabases.execute(connection, "UPDATE account SET balance = balance + 1 WHERE id = " + i);
            }
            assertTurn(follower);
            assertThat(follower.walFrames()).isGreaterThan(3);
        }
        assertThat(rebuilt.commits()).isEqualTo(3);
        assertRebuiltIsAsThere();
    }

    @Test
    void beginWhenAllIsThereGoesOnFromWhereItStopped() throws Exception {
        try (var follower = Follower.begin(source, null)) {
            commit(1);
            assertTurn(follower);
        }
        commit(2);
        commit(3);
        try (var follower = Follower.begin(source, rebuilt.position())) {
            assertThat(follower.continuity()).isEqualTo(Continuity.CONTINUED);
            assertTurn(follower);
        }
        assertThat(rebuilt.commits()).isEqualTo(3);
        assertRebuiltIsAsThere();
    }

    @Test
    void beginWhenTheWalWasBegunAnewMeanwhileSaysThatThereIsAGap() {
        try (var follower = Follower.begin(source, null)) {
            commit(1);
            assertTurn(follower);
        }
        run("PRAGMA wal_checkpoint(TRUNCATE)");
        commit(2);
        try (var follower = Follower.begin(source, rebuilt.position())) {
            assertThat(follower.continuity()).isEqualTo(Continuity.GAP);
        }
    }

    @Test
    void beginWhenAnotherFileIsThereSaysThatThereIsAGap() throws Exception {
        try (var follower = Follower.begin(source, null)) {
            commit(1);
            assertTurn(follower);
        }
        application.close();
        var other = SampleDatabases.accounts(directory.resolve("other.db"), "WAL");
        Files.move(other, source, StandardCopyOption.REPLACE_EXISTING);
        Files.deleteIfExists(Beside.wal(source));
        Files.deleteIfExists(Beside.shm(source));

        try (var follower = Follower.begin(source, rebuilt.position())) {
            assertThat(follower.continuity()).isEqualTo(Continuity.GAP);
        }
    }

    /** As after a loss of power with synchronous = NORMAL, or when yesterday's files are put back: the same WAL goes another way. */
    @Test
    void beginWhenWhatWasTakenIsNotThereAnyMoreSaysThatItForked() throws Exception {
        commit(1);
        application.stop();
        copyAll(source, directory.resolve("before.db"));
        application.goOn();
        try (var follower = Follower.begin(source, null)) {
            commit(2);
            commit(3);
            assertTurn(follower);
        }
        application.kill();
        copyAll(directory.resolve("before.db"), source);
        Files.deleteIfExists(Beside.shm(source));
        application = OtherProcess.start(LiveApplication.class, "obey", source);
        application.awaitLine("obeying");
        commit(4);
        commit(5);
        commit(6);

        try (var follower = Follower.begin(source, rebuilt.position())) {
            assertThat(follower.continuity()).isEqualTo(Continuity.FORK);
        }
    }

    /** In place, so that each stays the file that it is. */
    private static void copyAll(Path from, Path to) throws Exception {
        for (var suffix : new String[] {"", "-wal"}) {
            assertThat(new ProcessBuilder("cp", from + suffix, to + suffix)
                            .start()
                            .waitFor())
                    .isZero();
        }
    }

    /** Of the two copies of the header one was written. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void turnWhenAWriterHasDiedWhileItWroteTheIndexGoesOn(boolean applicationRecoversIt) throws Exception {
        try (var follower = Follower.begin(source, null)) {
            commit(1);
            assertTurn(follower);
            commit(2);
            spoilIndex();
            if (applicationRecoversIt) {
                commit(3);
            }
            assertTurn(follower);
            commit(4);
            assertTurn(follower);
        }
        assertThat(rebuilt.commits()).isEqualTo(applicationRecoversIt ? 4 : 3);
        assertRebuiltIsAsThere();
    }

    /** It can neither be recovered nor go on. */
    @Test
    void turnWhenTheIndexIsInvalidAndAWriterStandsTakesNothingUntilItGoesOn() throws Exception {
        try (var follower = Follower.begin(source, null)) {
            commit(1);
            assertTurn(follower);
            run("BEGIN IMMEDIATE");
            spoilIndex();
            assertTurn(follower);
            assertThat(rebuilt.commits()).isEqualTo(1);
            application.kill();
            assertTurn(follower);
            application = OtherProcess.start(LiveApplication.class, "obey", source);
            application.awaitLine("obeying");
            commit(2);
            assertTurn(follower);
        }
        assertThat(rebuilt.commits()).isEqualTo(2);
        assertRebuiltIsAsThere();
    }

    /** A WAL that is begun anew, but has no frame yet, is one that a recovery does not know: it brings back the one before. */
    @Test
    void turnWhenARecoveryBringsBackTheWalBeforeTakesNothingTwice() throws Exception {
        try (var follower = Follower.begin(source, null)) {
            commit(1);
            assertTurn(follower);
            assertThat(follower.checkpoint()).isTrue();
            assertTurn(follower);
            run("PRAGMA wal_checkpoint(RESTART)");
            assertTurn(follower);
            spoilIndex();

            assertTurn(follower);

            commit(2);
            assertTurn(follower);
        }
        assertThat(rebuilt.commits()).isEqualTo(2);
        assertRebuiltIsAsThere();
    }

    /** As when somebody puts an older WAL there, or cuts it: a recovery then finds less than was taken. */
    @Test
    void turnWhenTheWalHasLessThanWasTakenSaysThatItForked() throws Exception {
        try (var follower = Follower.begin(source, null)) {
            commit(1);
            assertTurn(follower);
            long bytes = Files.size(Beside.wal(source));
            commit(2);
            assertTurn(follower);
            assertThat(new ProcessBuilder(
                                    "truncate",
                                    "-s",
                                    Long.toString(bytes),
                                    Beside.wal(source).toString())
                            .start()
                            .waitFor())
                    .isZero();
            spoilIndex();

            assertThat(follower.turn(rebuilt)).isEqualTo(Continuity.FORK);
        }
    }

    /** While one of mark 0 looks at the index, a writer may be about to begin the WAL anew: its header is then of the next one already. */
    @Test
    void turnWhenNothingIsNewReadsNothingOfTheWal() throws Exception {
        try (var follower = Follower.begin(source, null)) {
            commit(1);
            assertTurn(follower);
            assertThat(new ProcessBuilder(
                                    "dd",
                                    "if=/dev/zero",
                                    "of=" + Beside.wal(source),
                                    "bs=32",
                                    "count=1",
                                    "conv=notrunc",
                                    "status=none")
                            .start()
                            .waitFor())
                    .isZero();

            assertTurn(follower);
        }
        assertThat(rebuilt.commits()).isEqualTo(1);
    }

    /** Else a checkpoint that wants to begin the WAL anew waits for as long as its busy timeout, and holds the lock of a writer meanwhile. */
    @Test
    void turnWhenMarkZeroStaysLockedForAWhilePinsItAllTheSame() {
        try (var follower = Follower.begin(source, null)) {
            commit(1);
            assertTurn(follower);
            run("PRAGMA wal_checkpoint(PASSIVE)");
            try (var checkpoint = OtherProcess.start(LockedByte.class, Beside.shm(source), LOCK_OF_MARK_ZERO)) {
                checkpoint.awaitLine("locked");
                for (int i = 0; i < 5; i++) {
                    assertTurn(follower);
                }
            }
            getOutOfTheWay(follower);
            assertThat(WalReader.of(source))
                    .extracting(reader -> reader.read().lock())
                    .containsOnly("WAL_READ_0");
        }
    }

    /** By another process: a descriptor that is closed in this one would take the locks with it. */
    private void spoilIndex() throws Exception {
        var spoiling = new ProcessBuilder(
                        "dd",
                        "of=" + Beside.shm(source),
                        "bs=1",
                        "seek=" + FRAMES_OF_SECOND_COPY,
                        "count=4",
                        "conv=notrunc",
                        "status=none")
                .start();
        spoiling.getOutputStream().write(new byte[] {77, 77, 77, 77});
        spoiling.getOutputStream().close();
        assertThat(spoiling.waitFor()).isZero();
    }

    /** It must not be as the last connection that can write: that writes the WAL back, and deletes it. */
    @Test
    void closeWhenNobodyElseIsThereLeavesTheWalWithItsFrames() {
        try (var follower = Follower.begin(source, null)) {
            commit(1);
            assertTurn(follower);
            follower.checkpoint();
            commit(2);
            application.endInput();
            assertThat(application.awaitExit()).isZero();
            assertTurn(follower);
        }
        assertThat(Beside.wal(source)).isNotEmptyFile();
        try (var follower = Follower.begin(source, rebuilt.position())) {
            assertThat(follower.continuity()).isEqualTo(Continuity.CONTINUED);
        }
    }

    @Test
    void whatElseThisProcessDoesWithTheDatabaseLeavesThePinsWhereTheyAre() {
        try (var follower = Follower.begin(source, null)) {
            commit(1);
            assertTurn(follower);

            DatabaseFacts.read(source);
            assertPinned();
            Checkpoint.run(source, Checkpoint.Mode.PASSIVE, Duration.ZERO);
            assertPinned();
            OnlineCopy.run(
                    source, directory.resolve("copy.db"), new CaptureOptions(Duration.ZERO, 0), PageProgress.NONE);
            assertPinned();
            follower.checkpoint();
            assertPinned();
            assertTurn(follower);
            assertPinned();
            try (var other = Follower.begin(source, null)) {
                assertTurn(other);
            }
            assertPinned();
        }
        assertThat(WalReader.of(source)).isEmpty();
    }

    /** SQLite keeps the descriptor of a connection that is closed while another one holds a lock, for the next one. */
    @Test
    void turnWhenItHasRestedGoesOnWithTheFilesThatItHadOpen() throws Exception {
        try (var follower = Follower.begin(source, null)) {
            long most = 0;
            for (int round = 0; round < 30; round++) {
                commit(1);
                assertTurn(follower);
                follower.checkpoint();
                getOutOfTheWay(follower);
                follower.rest();
                assertPinned();
                run("PRAGMA wal_checkpoint(TRUNCATE)");
                most = round < 3 ? openFiles() : most;
                assertThat(openFiles()).isLessThanOrEqualTo(most);
            }
        }
        assertThat(rebuilt.commits()).isEqualTo(30);
        assertRebuiltIsAsThere();
    }

    private long openFiles() throws IOException {
        try (var files = Files.list(Path.of("/proc/self/fd"))) {
            return files.filter(file -> leadsTo(file).startsWith(source.toString()))
                    .count();
        }
    }

    private static String leadsTo(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (IOException e) {
            return ""; // the descriptor of the listing itself
        }
    }

    private void assertPinned() {
        assertThat(WalReader.of(source))
                .anyMatch(reader ->
                        reader.holder().pid() == ProcessHandle.current().pid());
    }

    static Stream<Throwable> failuresOfSinks() {
        return Stream.of(new IllegalStateException("the disk is full"), new OutOfMemoryError("the heap is full"));
    }

    @ParameterizedTest
    @MethodSource("failuresOfSinks")
    void turnWhenTheSinkFailsOffersTheSameOnceMore(Throwable failure) throws Exception {
        var failing = new FailsOnce(rebuilt, failure);
        try (var follower = Follower.begin(source, null)) {
            commit(1);
            assertThatThrownBy(() -> follower.turn(failing)).isSameAs(failure);
            run("PRAGMA wal_checkpoint(TRUNCATE)");
            commit(2);
            assertTurn(follower);
        }
        assertThat(rebuilt.commits()).isEqualTo(2);
        assertRebuiltIsAsThere();
    }

    @Test
    void writeBackAloneTakesWhatIsLeftAndHasTheWalBegunAnew() throws Exception {
        try (var follower = Follower.begin(source, null)) {
            commit(1);
            assertTurn(follower);
            commit(2);
            assertThat(follower.writeBackAlone(rebuilt)).isPositive();
            assertThat(follower.continuity()).isEqualTo(Continuity.CONTINUED);
            assertThat(rebuilt.commits()).isEqualTo(2);
            assertThat(follower.walFrames()).isGreaterThan(1);
            commit(3); // nobody has looked since, so nobody else has got out of its way
            assertTurn(follower);
            assertThat(follower.walFrames()).isEqualTo(1);
        }
        assertRebuiltIsAsThere();
    }

    @Test
    void writeBackAloneWhenAWriterIsInATransactionLeavesItAlone() throws Exception {
        try (var follower = Follower.begin(source, null)) {
            run("BEGIN IMMEDIATE");
            commit(1);
            assertThat(follower.writeBackAlone(rebuilt)).isZero();
            run("COMMIT");
            assertTurn(follower);
        }
        assertThat(rebuilt.commits()).isEqualTo(1);
        assertRebuiltIsAsThere();
    }

    @Test
    void closeWhenItIsClosedAlreadyCountsNobodyElseLess() throws Exception {
        try (var other = Follower.begin(source, null)) {
            var follower = Follower.begin(source, null);
            follower.close();
            follower.close();
            assertThat(LiveFile.enterAlone(SourceFile.find(source))).isEmpty();
            commit(1);
            assertTurn(other);
        }
        assertRebuiltIsAsThere();
    }

    @Test
    void writeBackAloneWhenTheSinkFailsLetsWritersIn() throws Exception {
        var failing = new FailsOnce(rebuilt, new IllegalStateException("the disk is full"));
        try (var follower = Follower.begin(source, null)) {
            commit(1);
            assertThatThrownBy(() -> follower.writeBackAlone(failing)).hasMessage("the disk is full");
            commit(2);
            assertTurn(follower);
        }
        assertThat(rebuilt.commits()).isEqualTo(2);
        assertRebuiltIsAsThere();
    }

    private static final class FailsOnce implements CommitSink {

        private final CommitSink sink;
        private final Throwable failure;
        private boolean hasFailed;

        /** @param failure that nobody has to catch */
        FailsOnce(CommitSink sink, Throwable failure) {
            this.sink = sink;
            this.failure = failure;
        }

        @Override
        public void page(long number, ByteBuffer content) {
            sink.page(number, content);
        }

        @Override
        public void commit(long pageCount) {
            sink.commit(pageCount);
        }

        @Override
        public void durable(WalPosition position) {
            if (!hasFailed) {
                hasFailed = true;
                if (failure instanceof Error error) {
                    throw error;
                }
                throw (RuntimeException) failure;
            }
            sink.durable(position);
        }

        @Override
        public void undo() {
            sink.undo();
        }
    }
}
