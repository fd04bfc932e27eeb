package dev.afterimage.sqlite.replace;

import static dev.afterimage.problem.ProblemAssertions.assertThatProblem;
import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.sqlite.Beside;
import dev.afterimage.sqlite.LiveApplication;
import dev.afterimage.sqlite.OtherProcess;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.SampleDatabases;
import dev.afterimage.sqlite.capture.CopyBy;
import dev.afterimage.sqlite.format.DatabaseHeader;
import dev.afterimage.sqlite.format.SealedPages;
import dev.afterimage.sqlite.live.CaptureOptions;
import dev.afterimage.sqlite.live.HotJournals;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Pages in which an extension keeps a checksum: they are kept byte for byte, or not touched. */
class ReservedBytesTests {

    private static final CaptureOptions OPTIONS = new CaptureOptions(Duration.ZERO, 0);

    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource({"SCAN, DELETE", "SCAN, WAL", "LOCKED_COPY, DELETE", "LOCKED_COPY, WAL"})
    void runWhenPagesHaveChecksumsKeepsThem(CopyBy method, String journalMode) throws Exception {
        var source = SealedPages.accounts(directory.resolve("source.db"), journalMode);
        if (journalMode.equals("WAL")) {
            source = withPagesInItsWal(source);
        }
        var copy = directory.resolve("copy.db");

        method.run(source, copy, OPTIONS, PageProgress.NONE);

        assertThat(SealedPages.areWhole(copy)).isTrue();
        assertThat(SampleDatabases.content(copy)).isEqualTo(SampleDatabases.content(source));
    }

    private Path withPagesInItsWal(Path original) throws Exception {
        var source = directory.resolve("with-wal.db");
        try (var application = OtherProcess.start(LiveApplication.class, "write-wal", original)) {
            application.awaitLine("written");
            Files.copy(original, source);
            Files.copy(Beside.wal(original), Beside.wal(source));
        }
        SealedPages.sealWal(Beside.wal(source));
        return source;
    }

    @ParameterizedTest
    @CsvSource({"ONLINE, DELETE", "ONLINE, WAL", "VACUUM, DELETE", "VACUUM, WAL"})
    void runWhenItWouldWritePagesAnewRefuses(CopyBy method, String journalMode) throws Exception {
        var source = SealedPages.accounts(directory.resolve("source.db"), journalMode);
        var copy = directory.resolve("copy.db");

        assertThatProblem(ProblemCode.METHOD_NOT_POSSIBLE, "reserved bytes")
                .isThrownBy(() -> method.run(source, copy, OPTIONS, PageProgress.NONE))
                .withMessageContaining("8 reserved bytes")
                .satisfies(refused -> assertThat(refused.problem().hint()).contains("SCAN or LOCKED_COPY"))
                .satisfies(refused -> assertThat(refused.code()).isEqualTo(ProblemCode.METHOD_NOT_POSSIBLE));
        assertThat(copy).doesNotExist();
        assertThat(SealedPages.areWhole(source)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"WAL", "DELETE"})
    void liveReplaceWhenPagesOfTheTargetHaveChecksumsRefuses(String journalMode) throws Exception {
        var target = SealedPages.accounts(directory.resolve("target.db"), journalMode);
        var content = SampleDatabases.accounts(directory.resolve("content.db"), "DELETE");

        assertRefused(target, content);

        assertThat(SealedPages.areWhole(target)).isTrue();
    }

    @Test
    void liveReplaceWhenPagesOfTheContentHaveChecksumsRefuses() throws Exception {
        var target = SampleDatabases.accounts(directory.resolve("target.db"), "WAL");
        var before = Files.readAllBytes(target);

        assertRefused(target, SealedPages.accounts(directory.resolve("content.db"), "DELETE"));

        assertThat(Files.readAllBytes(target)).isEqualTo(before);
    }

    private static void assertRefused(Path target, Path content) throws Exception {
        var header = DatabaseHeader.parse(Files.readAllBytes(content));
        assertThatProblem(ProblemCode.TARGET_NOT_REPLACEABLE, "reserved bytes")
                .isThrownBy(() -> LiveReplace.requireReplaceable(target, header, Files.size(content), Duration.ZERO))
                .satisfies(refused -> assertThat(refused.problem().hint()).contains("REPLACE_FILE", "NEW_FILE"));
        try (var replace = LiveReplace.of(target, HotJournals.SETTLE)) {
            assertThatProblem(ProblemCode.TARGET_NOT_REPLACEABLE, "reserved bytes")
                    .isThrownBy(() -> replace.run(content, Duration.ZERO, WhenChanged.NONE, PageProgress.NONE))
                    .satisfies(refused -> assertThat(refused.code()).isEqualTo(ProblemCode.TARGET_NOT_REPLACEABLE));
        }
    }
}
