package dev.afterimage.sqlite.live;

import static dev.afterimage.problem.ProblemAssertions.assertThatProblem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.sqlite.Beside;
import dev.afterimage.sqlite.OtherProcess;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.SampleDatabases;
import dev.afterimage.sqlite.SwappingProcess;
import dev.afterimage.sqlite.capture.Capture;
import dev.afterimage.sqlite.capture.CopyBy;
import dev.afterimage.sqlite.replace.LiveReplace;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whoever may write a database's directory can put there what is no database, or leads elsewhere. */
@Timeout(300)
class HostilePathTests {

    private static final CaptureOptions OPTIONS = new CaptureOptions(Duration.ZERO, 0);

    @TempDir
    Path directory;

    private Path source;
    private Path staging;

    @BeforeEach
    void makeSource() throws Exception {
        directory = directory.toRealPath();
        source = SampleDatabases.accounts(
                Files.createDirectory(directory.resolve("own")).resolve("source.db"), "WAL");
        staging = directory.resolve("staging.db");
    }

    @ParameterizedTest
    @EnumSource
    void runWhenItIsANamedPipeDoesNotWaitForAWriter(CopyBy copy) throws Exception {
        Files.delete(source);
        mkfifo(source);

        assertThatExceptionOfType(SourceException.NotADatabase.class).isThrownBy(() -> run(copy));
    }

    @ParameterizedTest
    @ValueSource(strings = {"-wal", "-shm", "-journal"})
    void runWhenANamedPipeLiesBesideItDoesNotWaitForAWriter(String suffix) throws Exception {
        mkfifo(source.resolveSibling("source.db" + suffix));

        for (var copy : CopyBy.values()) {
            assertThatExceptionOfType(SourceException.Ambiguous.class)
                    .isThrownBy(() -> run(copy))
                    .withMessageContaining("source.db" + suffix);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"-wal", "-shm", "-journal"})
    void runWhenALinkLiesBesideItFollowsNone(String suffix) throws Exception {
        var secret = Files.writeString(directory.resolve("secret"), "not for everybody");
        Files.createSymbolicLink(source.resolveSibling("source.db" + suffix), secret);

        for (var copy : CopyBy.values()) {
            assertThatExceptionOfType(SourceException.Ambiguous.class).isThrownBy(() -> run(copy));
        }
        assertThat(secret).hasContent("not for everybody");
    }

    @ParameterizedTest
    @EnumSource
    void runWhenTheFileHasTwoNamesThrowsAmbiguous(CopyBy copy) throws Exception {
        Files.createLink(directory.resolve("other-name.db"), source);

        assertThatExceptionOfType(SourceException.Ambiguous.class)
                .isThrownBy(() -> run(copy))
                .withMessageContaining("2 names")
                .satisfies(e -> assertThat(e.problem().hint()).contains("make it a copy"));
    }

    @Test
    void readWriteWhenTheJournalNamesAFileOpensNone() throws Exception {
        var precious = Files.writeString(directory.resolve("source.db-mj123456912"), source + "-journal\0");
        var pipe = directory.resolve("source.db-mj123456913");
        mkfifo(pipe);

        for (var named : new Path[] {precious, pipe}) {
            for (var copy : CopyBy.values()) {
                hotJournalThatNames(named);
                assertThatExceptionOfType(SourceException.SuperJournal.class)
                        .isThrownBy(() -> run(copy))
                        .satisfies(e -> assertThat(e.problem().hint()).contains("application"));
            }
            assertThatProblem(ProblemCode.TARGET_UNWRITABLE)
                    .isThrownBy(() -> LiveReplace.of(source, Duration.ZERO, HotJournals.SETTLE));
            assertThat(named).exists();
        }
    }

    /** The transaction was committed when the super-journal was deleted. */
    @ParameterizedTest
    @EnumSource
    void runWhenTheFileThatTheJournalNamesIsGoneCaptures(CopyBy copy) throws Exception {
        hotJournalThatNames(directory.resolve("gone"));

        run(copy);

        assertThat(SampleDatabases.ask(staging, "SELECT count(*) FROM account")).isEqualTo("1000");
    }

    /** It had one, and was truncated while it was looked at. */
    @Test
    void runWhenTheNameInTheJournalIsZerosCaptures() throws Exception {
        hotJournalThatNames(new byte[20]);

        run(CopyBy.ONLINE);

        assertThat(SampleDatabases.ask(staging, "SELECT count(*) FROM account")).isEqualTo("1000");
    }

    /** Of such a name Java has no path, so it cannot be told whether there is a file, perhaps a pipe; SQLite opens its bytes. */
    @ParameterizedTest
    @EnumSource
    void runWhenTheNameInTheJournalIsNoTextLeavesItToTheApplication(CopyBy copy) throws Exception {
        var name = (directory.resolve("pipe") + "x").getBytes(StandardCharsets.UTF_8);
        name[name.length - 1] = (byte) 0xff;
        hotJournalThatNames(name);
        assertThatExceptionOfType(SourceException.SuperJournal.class).isThrownBy(() -> run(copy));
    }

    private void hotJournalThatNames(Path named) throws Exception {
        hotJournalThatNames(named.toString().getBytes(StandardCharsets.UTF_8));
    }

    /** Of a file that has not changed, which SQLite takes for hot all the same. */
    private void hotJournalThatNames(byte[] name) throws Exception {
        Files.deleteIfExists(source);
        Files.deleteIfExists(Beside.journal(source));
        SampleDatabases.accounts(source, "DELETE");
        int sum = 0;
        for (byte letter : name) {
            sum += letter;
        }
        var journal = ByteBuffer.allocate(512 + 4 + name.length + 16)
                .putLong(0xd9d505f920a163d7L)
                .putInt(0)
                .putInt(7)
                .putInt((int) (Files.size(source) / 4096))
                .putInt(512)
                .putInt(4096)
                .position(512)
                .putInt((1 << 30) / 4096 + 1)
                .put(name)
                .putInt(name.length)
                .putInt(sum)
                .putLong(0xd9d505f920a163d7L);
        Files.write(Beside.journal(source), journal.array());
    }

    /**
     * A process that swaps a directory for a link to another, and back, as fast as it can: what is captured is never the other's
     * database, which has a row more.
     */
    @Test
    void runWhileALinkComesAndGoesCapturesOnlyWhatItWasToldTo() throws Exception {
        var other = Files.createDirectory(directory.resolve("other"));
        SampleDatabases.accounts(other.resolve("source.db"), "WAL");
        SampleDatabases.create(other.resolve("source.db"), "INSERT INTO account VALUES (5000, 1, 'secret')");
        int captured = 0;
        try (var swapping = OtherProcess.start(SwappingProcess.class, source.getParent(), other)) {
            swapping.awaitLine("swapping");
            long end = System.nanoTime() + Duration.ofSeconds(2).toNanos();
            for (int round = 0; System.nanoTime() < end; round++) {
                var copy = CopyBy.values()[round % CopyBy.values().length];
                try {
                    run(copy);
                    captured++;
                    assertThat(SampleDatabases.ask(staging, "SELECT count(*) FROM account"))
                            .isEqualTo("1000");
                } catch (ProblemException e) {
                    assertThat(e)
                            .matches(noticed -> noticed instanceof SourceException
                                    || String.valueOf(noticed.getMessage()).startsWith("The staging file"));
                    assertThat(staging).doesNotExist(); // it was noticed
                }
                Files.deleteIfExists(staging);
            }
        }
        System.out.println(captured + " captured while a link came and went");
    }

    /** The swap at the one moment that matters, which a loop meets only now and then. */
    @Test
    void requireOnlyItsFilesWhenAnotherOfThatNameWasOpenedThrowsReplaced() throws Exception {
        var other = Files.createDirectory(directory.resolve("other"));
        var file = SourceFile.find(source);
        var opened = OpenedByName.after(file);
        try (var _ = Files.newByteChannel(Files.writeString(other.resolve("unrelated.db"), "x"))) {
            opened.requireOnlyItsFiles();
        }
        for (var name : new String[] {"source.db", "source.db-wal"}) {
            try (var _ = Files.newByteChannel(Files.writeString(other.resolve(name), "x"))) {
                assertThatExceptionOfType(SourceException.Replaced.class).isThrownBy(opened::requireOnlyItsFiles);
            }
            opened.requireOnlyItsFiles();
        }
    }

    /** Which moves into a folder, and back, while the one that replaces it holds it open. */
    @Test
    void requireOnlyItsFilesWhenAnotherOfThatNameIsBeingReplacedHereLetsItMove() throws Exception {
        var there = Files.createDirectory(directory.resolve("there"));
        var other = Files.copy(source, there.resolve("source.db"));
        var replaced = LiveFile.enterAlone(SourceFile.find(other)).orElseThrow();
        var opened = OpenedByName.after(SourceFile.find(source));
        try (var _ = Files.newByteChannel(other)) {
            Files.move(other, Files.createDirectory(there.resolve("old")).resolve("source.db"));
            opened.requireOnlyItsFiles();
        } finally {
            replaced.leave();
        }
    }

    private Capture run(CopyBy copy) {
        return copy.run(source, staging, OPTIONS, PageProgress.NONE);
    }

    private static void mkfifo(Path path) throws Exception {
        assertThat(new ProcessBuilder("mkfifo", path.toString()).start().waitFor())
                .isZero();
    }
}
