package dev.afterimage.sqlite.replace;

import static dev.afterimage.problem.ProblemAssertions.assertThatProblem;
import static dev.afterimage.sqlite.SampleDatabases.create;
import static dev.afterimage.sqlite.SampleDatabases.filesIn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.sqlite.LiveApplication;
import dev.afterimage.sqlite.OtherProcess;
import dev.afterimage.sqlite.SampleDatabases;
import dev.afterimage.sqlite.format.DatabaseHeader;
import dev.afterimage.sqlite.live.HotJournals;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is refused before anything is staged, and that looking changes nothing. */
class LiveReplaceableTests {

    private static final long BYTES = 100 << 10;

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"WAL", "DELETE"})
    void requireReplaceableWhenItFitsChangesNothing(String journalMode) throws Exception {
        var target = SampleDatabases.accounts(directory.resolve("target.db"), journalMode);
        var before = Files.readAllBytes(target);

        LiveReplace.requireReplaceable(target, header("PRAGMA page_size = 4096"), BYTES, Duration.ZERO);

        assertThat(Files.readAllBytes(target)).isEqualTo(before);
    }

    @Test
    void requireReplaceableWhenAWalTargetHasAnotherPageSizeThrowsPageSize() throws Exception {
        var target = SampleDatabases.accounts(directory.resolve("target.db"), "WAL");

        assertThatProblem(ProblemCode.TARGET_PAGE_SIZE)
                .isThrownBy(() -> require(target, "PRAGMA page_size = 8192"))
                .satisfies(refused -> assertThat(refused.code()).isEqualTo(ProblemCode.TARGET_PAGE_SIZE));

        create(target, "PRAGMA journal_mode = DELETE");
        assertThatCode(() -> require(target, "PRAGMA page_size = 8192")).doesNotThrowAnyException();
    }

    @Test
    void requireReplaceableWhenTheEncodingDiffersThrowsEncoding() {
        var target = SampleDatabases.accounts(directory.resolve("target.db"), "DELETE");

        assertThatProblem(ProblemCode.TARGET_NOT_REPLACEABLE, "has texts in")
                .isThrownBy(() -> require(target, "PRAGMA encoding = 'UTF-16be'"))
                .withMessageContaining("UTF-16be");
    }

    @Test
    void requireReplaceableWhenThereIsNoRoomThrowsFull() throws Exception {
        var target = SampleDatabases.accounts(directory.resolve("target.db"), "DELETE");
        var content = header("PRAGMA page_size = 4096");

        assertThatProblem(ProblemCode.STORAGE_FULL, "cannot be written")
                .isThrownBy(() -> LiveReplace.requireReplaceable(target, content, 1L << 60, Duration.ZERO));
    }

    @Test
    void requireReplaceableWhenThereIsNoDatabaseThrowsNotADatabase() throws Exception {
        var garbage = Files.writeString(directory.resolve("garbage.db"), "not a database ".repeat(1000));

        for (var target : new Path[] {directory.resolve("none.db"), directory, garbage}) {
            assertThatProblem(ProblemCode.TARGET_NOT_REPLACEABLE, "cannot be replaced while it is open")
                    .isThrownBy(() -> require(target, "PRAGMA page_size = 4096"))
                    .satisfies(refused -> assertThat(refused.code()).isEqualTo(ProblemCode.TARGET_NOT_REPLACEABLE));
        }
    }

    @Test
    void requireReplaceableWhenThereIsALinkInItsPathFollowsNone() throws Exception {
        var target = SampleDatabases.accounts(directory.resolve("target.db"), "DELETE");
        var link = Files.createSymbolicLink(directory.resolve("link.db"), target);
        var linkedDirectory = Files.createSymbolicLink(directory.resolve("linked"), directory);

        assertThatProblem(ProblemCode.TARGET_NOT_REPLACEABLE, "cannot be replaced while it is open")
                .isThrownBy(() -> require(link, "PRAGMA page_size = 4096"));
        assertThatProblem(ProblemCode.TARGET_NOT_REPLACEABLE, "cannot be replaced while it is open")
                .isThrownBy(() -> LiveReplace.of(link, HotJournals.SETTLE));
        assertThatProblem(ProblemCode.TARGET_UNWRITABLE, "cannot be written")
                .isThrownBy(() -> require(linkedDirectory.resolve("target.db"), "PRAGMA page_size = 4096"))
                .withMessageContaining("leads elsewhere");
    }

    @Test
    void requireReplaceableWhenTheTargetIsDamagedLetsItBeReplaced() throws Exception {
        var target = SampleDatabases.accounts(directory.resolve("target.db"), "DELETE");
        var damaged = Files.readAllBytes(target);
        Arrays.fill(damaged, 100, damaged.length, (byte) 0x5a);
        Files.write(target, damaged);

        assertThatCode(() -> require(target, "PRAGMA page_size = 4096")).doesNotThrowAnyException();
    }

    @Test
    void requireReplaceableWhenThereIsAHotJournalLeavesIt() throws Exception {
        var target = SampleDatabases.accounts(directory.resolve("target.db"), "DELETE");
        try (var application = OtherProcess.start(LiveApplication.class, "die", target)) {
            application.awaitLine("in mid-transaction");
            application.kill();
        }
        var before = Files.readAllBytes(target);

        require(target, "PRAGMA page_size = 4096");

        assertThat(Files.readAllBytes(target)).isEqualTo(before);
        assertThat(filesIn(directory)).contains("target.db-journal");
    }

    @Test
    void requireReplaceableWhenAWriterKeepsReadersOutThrowsInUseNamingIt() throws Exception {
        var target = SampleDatabases.accounts(directory.resolve("target.db"), "DELETE");
        try (var application = OtherProcess.start(LiveApplication.class, "hold", target, "EXCLUSIVE")) {
            application.awaitLine("holding");

            assertThatProblem(ProblemCode.TARGET_IN_USE, "is in use by")
                    .isThrownBy(() -> require(target, "PRAGMA page_size = 4096"))
                    .withMessageContaining("process " + application.pid());
        }
    }

    private void require(Path target, String pragma) throws IOException {
        LiveReplace.requireReplaceable(target, header(pragma), BYTES, Duration.ofMillis(50));
    }

    private DatabaseHeader header(String pragma) throws IOException {
        var content = directory.resolve("content.db");
        Files.deleteIfExists(content);
        create(content, pragma, "CREATE TABLE fresh (x)");
        return DatabaseHeader.parse(Files.readAllBytes(content));
    }
}
