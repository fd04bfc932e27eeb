package dev.afterimage.sqlite.replace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.content.Schema;
import dev.afterimage.sqlite.LiveApplication;
import dev.afterimage.sqlite.OtherProcess;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.SampleDatabases;
import dev.afterimage.sqlite.capture.CopyBy;
import dev.afterimage.sqlite.format.DatabaseHeader;
import dev.afterimage.sqlite.format.JournalMode;
import dev.afterimage.sqlite.live.CaptureOptions;
import dev.afterimage.sqlite.live.Checkpoint;
import dev.afterimage.sqlite.live.DatabaseFacts;
import dev.afterimage.sqlite.live.HotJournals;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whoever waits for a lock gets it beside writers that never pause. */
class BesideWritersTests {

    /** As a job's worker has it. */
    private static final CaptureOptions PATIENT = new CaptureOptions(Duration.ofSeconds(5), 0);

    private static final int ROUNDS = 3;

    @TempDir
    Path directory;

    private Path live;

    @BeforeEach
    void paths() {
        live = directory.resolve("live.db");
    }

    /** In rollback mode the file is unlocked only between two commits. Each writer has a busy timeout, and would tell an error. */
    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void everythingThatWaitsForALockGetsInAndNoWriterSeesAnError(int writers) throws Exception {
        SampleDatabases.accounts(live, "DELETE");
        try (var application = OtherProcess.start(LiveApplication.class, "insert", live, writers)) {
            for (int writer = 0; writer < writers; writer++) {
                application.awaitLine("inserting");
            }
            for (int round = 0; round < ROUNDS; round++) {
                for (var method : CopyBy.values()) {
                    var copy = directory.resolve(method + "-" + round + ".db");
                    method.run(live, copy, PATIENT, PageProgress.NONE);
                    assertThat(SampleDatabases.ask(copy, "PRAGMA integrity_check"))
                            .isEqualTo("ok");
                }
                assertThat(DatabaseFacts.read(live).journalMode()).isEqualTo(JournalMode.ROLLBACK);
                assertThat(Checkpoint.run(live, Checkpoint.Mode.FULL, Duration.ZERO)
                                .journalMode())
                        .isEqualTo(JournalMode.ROLLBACK);
                assertThat(Schema.ofLive(live, PATIENT.patience()).tables()).hasSize(1);
                replaceBy(directory.resolve("LOCKED_COPY-" + round + ".db"));
            }
            assertThat(Long.parseLong(application.ask("stop"))).isPositive();
        }
        assertThat(SampleDatabases.ask(live, "PRAGMA integrity_check")).isEqualTo("ok");
    }

    private void replaceBy(Path content) throws Exception {
        var header = DatabaseHeader.parse(Files.readAllBytes(content));
        LiveReplace.requireReplaceable(live, header, Files.size(content), PATIENT.patience());
        try (var replacement = LiveReplace.of(live, HotJournals.SETTLE)) {
            replacement.run(content, PATIENT.patience(), WhenChanged.NONE, PageProgress.NONE);
        }
    }
}
