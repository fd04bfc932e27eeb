package dev.afterimage.restore;

import static dev.afterimage.problem.ProblemAssertions.assertThatProblem;
import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.SampleDatabases;
import dev.afterimage.sqlite.format.SealedPages;
import dev.afterimage.sqlite.replace.WhenChanged;
import java.nio.file.Files;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A snapshot of a database whose pages have checksums of an extension at their ends. */
class SealedPagesRestoreTests extends RestoreTest {

    @BeforeEach
    void takeSnapshot() throws Exception {
        var database = backups.database("sealed", "CREATE TABLE t(x)");
        Files.delete(database.path());
        SealedPages.accounts(database.path(), "WAL");
        snapshot = backups.run(database);
    }

    @ParameterizedTest
    @EnumSource(names = {"NEW_FILE", "REPLACE_FILE"})
    void putWhenAFileIsMadeKeepsThem(TargetMode mode) throws Exception {
        var target = dir.resolve("target.db");
        if (mode == TargetMode.REPLACE_FILE) {
            SampleDatabases.accounts(target, "DELETE");
        }
        try (var prepared = prepare(target, mode, backups.staging())) {
            prepared.put(Duration.ZERO, WhenChanged.NONE, PageProgress.NONE);
        }
        assertThat(SealedPages.areWhole(target)).isTrue();
    }

    @Test
    void prepareWhenSqliteWouldWriteThemRefuses() {
        var target = SampleDatabases.accounts(dir.resolve("target.db"), "DELETE");
        assertThatProblem(ProblemCode.TARGET_NOT_REPLACEABLE, "reserved bytes")
                .isThrownBy(() -> prepare(target, TargetMode.REPLACE_LIVE, backups.staging()));
        assertThat(preview(target, TargetMode.REPLACE_LIVE).obstacles())
                .singleElement()
                .satisfies(obstacle -> assertThat(obstacle.hint()).contains("REPLACE_FILE"));
    }
}
