package dev.afterimage.follow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import dev.afterimage.backup.TestBackups;
import dev.afterimage.catalog.log.LogChain;
import dev.afterimage.sqlite.LiveApplication;
import dev.afterimage.sqlite.OtherProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.util.unit.DataSize;

class FollowedTests {

    private static final FollowPolicy POLICY =
            new FollowPolicy(Duration.ofDays(1), Duration.ofDays(7), Duration.ofHours(1), true, null);
    private static final long MOST = DataSize.ofMegabytes(4).toBytes();

    @TempDir
    Path dir;

    private TestBackups backups;
    private Connection application;
    private Rounds storing;
    private Spool spool;
    private Followed followed;

    @BeforeEach
    void follow() throws SQLException {
        backups = new TestBackups(dir, Clock.systemUTC());
        var database = backups.database("orders", "PRAGMA journal_mode = WAL", "CREATE TABLE orders (note TEXT)");
        application = DriverManager.getConnection("jdbc:sqlite:" + database.path());
        storing = new Rounds("test-", 1);
        spool = backups.following.spool(DataSize.ofBytes(MOST));
        followed = backups.following.followed(database, POLICY, storing, spool);
        followed.look();
    }

    @AfterEach
    void close() throws SQLException {
        followed.end(false);
        storing.end(Duration.ofSeconds(5));
        followed.closeWaiting();
        application.close();
        backups.close();
    }

    private FollowState looked() throws SQLException {
        try (var statement = application.createStatement()) {
            statement.execute("INSERT INTO orders VALUES (1)");
        }
        followed.look();
        return followed.standing().state();
    }

    /** What others have there is stored bit by bit. */
    @Test
    void afterTheSpoolWasFullItGoesOnOnlyWhenAQuarterOfItIsFree() throws Exception {
        spool.count(MOST);
        assertThat(looked()).isEqualTo(FollowState.CATCHING_UP);
        spool.count(-MOST / 8);
        assertThat(looked()).isEqualTo(FollowState.CATCHING_UP);
        spool.count(-MOST / 4);
        assertThat(looked()).isEqualTo(FollowState.FOLLOWING);
        spool.count(MOST / 4);
        assertThat(looked()).isEqualTo(FollowState.FOLLOWING);
    }

    /** They outrun every checkpoint; the limit keeps them out for an instant, and none of them sees an error. */
    @Test
    void whenWritersNeverPauseTheWalIsBegunAnewAllTheSame() throws Exception {
        long limit = DataSize.ofMegabytes(2).toBytes();
        var policy = new FollowPolicy(Duration.ofDays(1), Duration.ofDays(7), Duration.ofHours(1), true, limit);
        var database = backups.database(
                "busy",
                "PRAGMA journal_mode = WAL",
                "CREATE TABLE account (id INTEGER PRIMARY KEY, balance INTEGER, note TEXT)");
        var busy = backups.following.followed(database, policy, storing, backups.following.spool(null));
        busy.look();
        long commits;
        try (var writers = OtherProcess.start(LiveApplication.class, "insert", database.path(), 2)) {
            writers.awaitLine("inserting");
            writers.awaitLine("inserting"); // each of the two
            for (int begunAnew = 0; begunAnew < 3; ) {
                long before = busy.standing().walBytes();
                busy.look();
                begunAnew += busy.standing().walBytes() < before ? 1 : 0;
                assertThat(busy.standing().commit()).isLessThan(200_000);
            }
            commits = Long.parseLong(writers.ask("stop"));
        }
        busy.look();
        assertThat(busy.standing().commit()).isEqualTo(commits);
        assertThat(busy.standing().longestWriteLock()).isPositive();
        busy.end(false);
    }

    @Test
    void whenAnotherProcessFollowsItTooItSaysSoAndGoesOnByItselfAfterThat() throws Exception {
        var database = backups.database(
                "shared",
                "PRAGMA journal_mode = WAL",
                "CREATE TABLE account (id INTEGER PRIMARY KEY, balance INTEGER, note TEXT)");
        var ours = backups.following.followed(database, POLICY, storing, spool);
        try (var application = OtherProcess.start(LiveApplication.class, "obey", database.path())) {
            application.awaitLine("obeying");
            try (var other = OtherProcess.start(FollowingProcess.class, database.path(), dir.resolve("of-the-other"))) {
                other.awaitLine("CONTINUED");
                for (int id = 1; id <= 3; id++) {
                    ours.look();
                    assertThat(application.ask("INSERT INTO account VALUES (%d, 0, NULL)".formatted(id)))
                            .isEqualTo("done");
                    assertThat(application.ask("PRAGMA wal_checkpoint(TRUNCATE)"))
                            .isEqualTo("done");
                }
                assertThat(ours.standing().state()).isEqualTo(FollowState.UNSUITABLE);
                assertThat(ours.standing().reason())
                        .contains("another Afterimage", "process " + other.pid(), "pause or end it there");
                other.awaitLine("3");
            }
            ours.look();
            assertThat(ours.standing().state()).isEqualTo(FollowState.FOLLOWING);
            assertThat(application.ask("DELETE FROM account")).isEqualTo("done");
            ours.look();
            assertThat(ours.standing().commit()).isEqualTo(1);
        } finally {
            ours.end(false);
        }
    }

    /** As in another container, where it sees neither our process nor, therefore, our locks. */
    @ParameterizedTest
    @ValueSource(strings = {"env", "unshare --pid --fork --mount-proc"})
    void whileItIsFollowedNoOtherProcessFollowsItWhateverThatSeesOfOurs(String prefix) throws Exception {
        var under = List.of(prefix.split(" "));
        assumeThat(OtherProcess.canRunUnder(under)).as(prefix).isTrue();
        var orders = followed.database().path();
        try (var other = OtherProcess.startUnder(under, FollowingProcess.class, orders, dir.resolve("refused"))) {
            assertThat(other.nextLine())
                    .contains(
                            "another Afterimage follows it",
                            under.size() == 1
                                    ? "process " + ProcessHandle.current().pid()
                                    : "a process that cannot be seen from here");
        }
        assertThat(looked()).isEqualTo(FollowState.FOLLOWING);
        followed.end(false);
        try (var other = OtherProcess.startUnder(under, FollowingProcess.class, orders, dir.resolve("then"))) {
            other.awaitLine("CONTINUED");
        }
    }

    private void execute(String statement) throws SQLException {
        try (var running = application.createStatement()) {
            running.execute(statement);
        }
    }

    private List<LogChain.Continuity> chains() {
        return backups.following.chains.all(followed.database().id()).stream()
                .map(LogChain::continuity)
                .toList();
    }

    @Test
    void endWhenTheCatalogRefusesLetsGoOfTheDatabaseAllTheSame() throws Exception {
        looked();
        backups.catalog.catalog.update("""
                CREATE TRIGGER refused BEFORE UPDATE ON log_chain BEGIN SELECT RAISE(ABORT, 'refused'); END
                """).update();
        followed.end(false);
        assertThat(followed.look()).isEqualTo(Rounds.NEVER);
        try (var statement = application.createStatement();
                var mode = statement.executeQuery("PRAGMA journal_mode = DELETE")) {
            assertThat(mode.getString(1)).isEqualTo("delete"); // nobody else has it open
        }
    }

    @Test
    void followAnewWhenThereIsNoRoomBeginsANewChainWhenThereIs() throws Exception {
        assertThat(looked()).isEqualTo(FollowState.FOLLOWING);
        execute("INSERT INTO orders VALUES (2)");
        spool.count(MOST);
        followed.followAnew();
        assertThat(followed.standing().state()).isEqualTo(FollowState.CATCHING_UP);
        assertThat(chains()).containsExactly(LogChain.Continuity.BEGUN);
        spool.count(-MOST);
        assertThat(looked()).isEqualTo(FollowState.FOLLOWING);
        assertThat(chains()).containsExactly(LogChain.Continuity.BEGUN, LogChain.Continuity.GAP);
        assertThat(looked()).isEqualTo(FollowState.FOLLOWING);
        assertThat(chains()).hasSize(2);
    }

    @Test
    void whenLeftoversCannotBeTakenUpAtOnceTheyAreTakenUpOnce() throws Exception {
        assertThat(looked()).isEqualTo(FollowState.FOLLOWING);
        followed.followAnew(); // by a file that has a chain of its own, and no commit
        assertThat(followed.awaitStored(1, Duration.ofSeconds(20))).isTrue();
        followed.end(false);
        followed.closeWaiting();
        var database = followed.database();
        var before = spool.files(database.id());
        backups.catalog.catalog.update("""
                CREATE TRIGGER refused BEFORE INSERT ON log_chain BEGIN SELECT RAISE(ABORT, 'refused'); END
                """).update();
        followed = backups.following.followed(database, POLICY, storing, spool);
        followed.look();
        assertThat(followed.standing().state()).isEqualTo(FollowState.CATCHING_UP);
        assertThat(spool.bytes()).isZero();
        backups.catalog.catalog.update("DROP TRIGGER refused").update();
        followed.look();
        assertThat(followed.standing().state()).isEqualTo(FollowState.FOLLOWING);
        assertThat(looked()).isEqualTo(FollowState.FOLLOWING);
        assertThat(spool.files(database.id())).isEqualTo(before);
        assertThat(spool.bytes()).isEqualTo(Files.size(before.getFirst()));
    }

    @Test
    void whenAFileThatIsStoredCannotBeDeletedOthersAreStoredAfterIt() throws Exception {
        assertThat(looked()).isEqualTo(FollowState.FOLLOWING);
        var file = spool.files(followed.database().id()).getFirst();
        Files.move(file, dir.resolve("aside"));
        var inTheWay = Files.createFile(Files.createDirectory(file).resolve("in-the-way"));
        var taken = followed.takeNow();
        await().until(() -> followed.standing().storeProblem() != null);
        Files.delete(inTheWay);
        assertThat(taken).isNotNull();
        assertThat(followed.awaitStored(taken.commit(), Duration.ofSeconds(20))).isTrue();
        assertThat(file).doesNotExist();
    }

    @Test
    void whenALeftoverCannotBeReadItIsKeptAndAGapBegins() throws Exception {
        assertThat(looked()).isEqualTo(FollowState.FOLLOWING);
        var file = leftoverWith(bytes -> bytes[0]++);
        followed.look();
        assertThat(followed.standing().state()).isEqualTo(FollowState.FOLLOWING);
        assertThat(chains()).containsExactly(LogChain.Continuity.BEGUN, LogChain.Continuity.GAP);
        assertThat(spool.files(followed.database().id())).hasSize(1).doesNotContain(file);
        assertThat(file).doesNotExist();
        assertThat(file.resolveSibling(file.getFileName() + ".unreadable")).exists();
    }

    @Test
    void whenTheHeaderOfALeftoverWasNeverDurableItIsDeletedAndTheChainGoesOn() throws Exception {
        assertThat(looked()).isEqualTo(FollowState.FOLLOWING);
        var file = leftoverWith(bytes -> Arrays.fill(bytes, (byte) 0));
        followed.look();
        assertThat(followed.standing().state()).isEqualTo(FollowState.FOLLOWING);
        assertThat(spool.files(followed.database().id())).hasSize(1);
        assertThat(file.resolveSibling(file.getFileName() + ".unreadable")).doesNotExist();
    }

    /** The last file of the spool, as something has left it; another one follows then. */
    private Path leftoverWith(Consumer<byte[]> change) throws Exception {
        var database = followed.database();
        followed.end(false);
        assertThat(followed.awaitStored(1, Duration.ofSeconds(20))).isTrue();
        var file = spool.files(database.id()).getLast();
        var bytes = Files.readAllBytes(file);
        change.accept(bytes);
        Files.write(file, bytes);
        followed = backups.following.followed(database, POLICY, storing, spool);
        return file;
    }
}
