package dev.afterimage.sqlite.replace;

import static dev.afterimage.problem.ProblemAssertions.assertThatProblem;
import static dev.afterimage.sqlite.SampleDatabases.ask;
import static dev.afterimage.sqlite.SampleDatabases.content;
import static dev.afterimage.sqlite.replace.LiveReplaceTests.database;
import static dev.afterimage.sqlite.replace.LiveReplaceTests.replace;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.SampleDatabases;
import dev.afterimage.sqlite.live.HotJournals;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the file may be that a live database gets its new content from. */
class LiveReplaceSourceTests {

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @TempDir
    Path directory;

    private Path target;
    private Path source;

    @BeforeEach
    void paths() throws IOException {
        target = Files.createDirectory(directory.resolve("live")).resolve("target.db");
        source = Files.createDirectory(directory.resolve("staging")).resolve("source.db");
    }

    @Test
    void runWhenTheSourceIsNoDatabaseThrowsAndLeavesTheTarget() throws Exception {
        database(target, "old", 9);
        Files.writeString(source, "not a database ".repeat(1000));

        assertThatProblem(ProblemCode.STORAGE_UNREACHABLE, "The staging file")
                .isThrownBy(() -> replace(target, source, PATIENCE, PageProgress.NONE));

        assertThat(ask(target, "SELECT state FROM item")).isEqualTo("old");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 500})
    void runWhenTheSourceIsLongerThanItsHeaderSaysTakesOnlyItsPages(int rows) throws Exception {
        database(target, "old", 9);
        if (rows == 0) {
            SampleDatabases.create(source, "PRAGMA user_version = 7");
        } else {
            database(source, "new", rows);
        }
        var content = content(source);
        var bytes = Files.readAllBytes(source);
        Files.write(source, Arrays.copyOf(bytes, bytes.length + 5 * 4096));

        replace(target, source, PATIENCE, PageProgress.NONE);

        assertThat(content(target)).isEqualTo(content);
        assertThat(Files.size(target)).isEqualTo(Math.max(2 * 4096, bytes.length));
        assertThat(ask(target, "PRAGMA integrity_check")).isEqualTo("ok");
    }

    @Test
    void runWhenTheSourceIsShorterThanItsHeaderSaysThrowsAndLeavesTheTarget() throws Exception {
        database(target, "old", 9);
        database(source, "new", 500);
        Files.write(source, Arrays.copyOf(Files.readAllBytes(source), 3 * 4096));

        assertThatProblem(ProblemCode.STORAGE_UNREACHABLE, "cannot be used")
                .isThrownBy(() -> replace(target, source, PATIENCE, PageProgress.NONE));

        assertThat(ask(target, "SELECT state FROM item")).isEqualTo("old");
    }

    /** Who reads the source keeps it from being locked, by which alone a copy is stopped. */
    @Test
    void runWhenTheOldStateIsNotKeptAndTheCopyCannotBeStoppedThrowsUnproven() throws Exception {
        database(target, "old", 9);
        database(source, "new", 50000);
        try (var reader = DriverManager.getConnection("jdbc:sqlite:" + source);
                var replacement = LiveReplace.of(target, HotJournals.SETTLE)) {
            SampleDatabases.create(target, "UPDATE item SET state = 'committed since'");

            assertThatExceptionOfType(UnprovenException.class)
                    .isThrownBy(() -> replacement.run(
                            source,
                            PATIENCE,
                            state -> {
                                read(reader);
                                throw new IllegalStateException("no room");
                            },
                            PageProgress.NONE))
                    .withMessageContaining("its state before could not be kept, and the copy not be stopped")
                    .withCauseInstanceOf(SQLException.class);
        }
        assertThat(ask(target, "SELECT state FROM item LIMIT 1")).isEqualTo("new");
    }

    @Test
    void runWhenCancelledAndTheCopyCannotBeStoppedSucceedsAllTheSame() throws Exception {
        database(target, "old", 9);
        database(source, "new", 50000);
        try (var reader = DriverManager.getConnection("jdbc:sqlite:" + source)) {
            var done = replace(target, source, PATIENCE, (pages, total) -> {
                read(reader);
                throw new CancellationException();
            });

            assertThat(done.pagesChangedSince()).isZero();
        }
        assertThat(content(target)).isEqualTo(content(source));
    }

    private static void read(Connection reader) {
        try {
            reader.setAutoCommit(false);
            reader.createStatement().executeQuery("SELECT count(*) FROM item").next();
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }
}
