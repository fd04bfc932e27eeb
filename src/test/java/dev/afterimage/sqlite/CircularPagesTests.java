package dev.afterimage.sqlite;

import static dev.afterimage.problem.ProblemAssertions.assertThatProblem;
import static dev.afterimage.sqlite.SampleDatabases.filesIn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.afterimage.content.PageDifference;
import dev.afterimage.content.Schema;
import dev.afterimage.content.SqlDump;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.sqlite.capture.VacuumCopy;
import dev.afterimage.sqlite.check.CheckLevel;
import dev.afterimage.sqlite.check.IntegrityCheck;
import dev.afterimage.sqlite.live.CaptureOptions;
import dev.afterimage.sqlite.live.Refusal;
import dev.afterimage.sqlite.live.SourceException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A few kilobytes in which every page is sound, and whose rows nobody can ever count. Nothing that reads them goes on for ever. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD) // SQLite hears no interrupt of its thread
class CircularPagesTests {

    private static final CaptureOptions OPTIONS = new CaptureOptions(Duration.ZERO, 0);
    private static final Duration SHORT = Duration.ofMillis(300);

    @TempDir
    Path directory;

    @Test
    void schemaWhenRowsCannotBeCountedEndsWithTheTime() throws Exception {
        var file = CircularPages.table(directory.resolve("table.db"));

        assertThatProblem(ProblemCode.CONTENT_UNREADABLE)
                .isThrownBy(() -> Schema.of(file, SHORT))
                .withMessageContaining("far too long");
    }

    @Test
    void limitWhenTheSchemaItselfDoesNotEndInterrupts() throws Exception {
        var file = CircularPages.schema(directory.resolve("schema.db"));

        try (var connection = Connections.immutable(file);
                var _ = QueryTime.limit(connection, SHORT)) {
            assertThatExceptionOfType(SQLException.class)
                    .isThrownBy(() -> Connections.execute(connection, "SELECT 1 FROM sqlite_schema LIMIT 1"))
                    .matches(Refusal::isInterrupted);
        }
    }

    @Test
    void limitWhenQueriesEndInTimeInterruptsNothing() throws Exception {
        var file = SampleDatabases.accounts(directory.resolve("source.db"), "DELETE");
        var limit = SHORT;
        while (interrupts(file, limit)) { // a busy machine stops a quick query for longer than a short limit
            limit = limit.multipliedBy(2);
            assertThat(limit).isLessThan(Duration.ofSeconds(30));
        }
    }

    private static boolean interrupts(Path file, Duration limit) throws SQLException {
        try (var connection = Connections.immutable(file);
                var time = QueryTime.limit(connection, limit)) {
            long end = System.nanoTime() + 3 * limit.toNanos();
            while (System.nanoTime() < end) {
                assertThat(Connections.number(connection, "SELECT count(*) FROM account"))
                        .isEqualTo(1000);
                time.restart();
            }
            return false;
        } catch (SQLException e) {
            if (!Refusal.isInterrupted(e)) {
                throw e;
            }
            return true;
        }
    }

    @Test
    void writeWhenRowsDoNotEndStopsAtWhatTheFileCanHave() throws Exception {
        var file = CircularPages.table(directory.resolve("table.db"));

        assertThatProblem(ProblemCode.CONTENT_UNREADABLE)
                .isThrownBy(() -> SqlDump.write(file, OutputStream.nullOutputStream()))
                .withMessageContaining("more rows");
    }

    @Test
    void betweenWhenTreesSharePagesSaysSo() throws Exception {
        var file = CircularPages.table(directory.resolve("table.db"));

        assertThatProblem(ProblemCode.CONTENT_UNREADABLE)
                .isThrownBy(() -> PageDifference.between(file, file))
                .withMessageContaining("share pages");
    }

    @Test
    void checkWhenPagesAreUsedTwiceEndsAndDoesNotPass() throws Exception {
        var file = CircularPages.table(directory.resolve("table.db"));

        for (var level : CheckLevel.values()) {
            var result = IntegrityCheck.run(file, level, PageProgress.NONE);

            assertThat(result.passed()).isFalse();
            assertThat(result.messages()).anySatisfy(line -> assertThat(line).contains("2nd reference to page"));
        }
    }

    @Test
    void vacuumWhenRowsDoNotEndStopsBeforeTheDiskIsFull() throws Exception {
        var file = CircularPages.table(directory.resolve("table.db"));

        assertThatExceptionOfType(SourceException.Corrupt.class)
                .isThrownBy(() -> VacuumCopy.run(file, directory.resolve("copy.db"), OPTIONS, PageProgress.NONE))
                .withMessageContaining("twice as many pages");
        assertThat(filesIn(directory)).containsExactly("table.db");
    }

    @Test
    void vacuumWhenRowsDoNotEndCanBeCancelled() throws Exception {
        var file = CircularPages.table(directory.resolve("table.db"));
        PageProgress cancelled = (done, total) -> {
            throw new CancellationException();
        };

        assertThatExceptionOfType(CancellationException.class)
                .isThrownBy(() -> VacuumCopy.run(file, directory.resolve("copy.db"), OPTIONS, cancelled));
    }
}
