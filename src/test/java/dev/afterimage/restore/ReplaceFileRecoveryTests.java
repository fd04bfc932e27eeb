package dev.afterimage.restore;

import static dev.afterimage.sqlite.SampleDatabases.ask;
import static dev.afterimage.sqlite.SampleDatabases.content;
import static dev.afterimage.sqlite.SampleDatabases.filesIn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.afterimage.sqlite.OtherProcess;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.SampleDatabases;
import java.nio.file.Files;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a process that died in the middle has left is settled. */
class ReplaceFileRecoveryTests extends ReplaceFileTest {

    private static final int KILLS = 8;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void recoverWhenKilledAfterAStepPutsTheOldFilesBack(long step) throws Exception {
        leaveWal();
        var before = bytesOfFiles();
        try (var replacing = OtherProcess.start(ReplacingFile.class, target, source, step)) {
            replacing.awaitLine("at the step");
            replacing.kill();
        }
        assertThat(filesIn(live)).as("left by the killed process").anyMatch(name -> name.endsWith("-old"));

        var replacement = opened();
        assertThat(replacement.recover()).isEmpty();
        replacement.file().discard();

        assertThat(bytesOfFiles()).isEqualTo(before);
        assertThat(ask(target, "SELECT count(*) FROM account WHERE note = 'in the WAL'"))
                .isEqualTo("50");
    }

    @Test
    void abandonWhenKilledInTheMiddlePutsTheOldFilesBackAndRemovesTheTemporaryOne() throws Exception {
        leaveWal();
        var before = bytesOfFiles();
        try (var replacing = OtherProcess.start(ReplacingFile.class, target, source, 3)) {
            replacing.awaitLine("at the step");
            replacing.kill();
        }

        opened().abandon();

        assertThat(bytesOfFiles()).isEqualTo(before);
    }

    @Test
    void abandonWhenThereIsNothingDoesNothing() throws Exception {
        SampleDatabases.accounts(target, "DELETE");
        var before = bytesOfFiles();

        opened().abandon();

        assertThat(bytesOfFiles()).isEqualTo(before);
    }

    @Test
    void recoverWhenItDiedBeforeTheDisownedFolderHadItsNameGivesItOne() throws Exception {
        var hidden = Files.createDirectory(hidden());
        SampleDatabases.accounts(hidden.resolve("orders.db"), "DELETE");
        SampleDatabases.create(target, "CREATE TABLE theirs (x)");
        var replacement = replacement();

        assertThatExceptionOfType(TargetException.TakenMeanwhile.class).isThrownBy(replacement::recover);
        replacement.file().discard();

        assertThat(replacement.recover()).isEmpty();
        var folder = hidden.getFileName().toString().substring(1);
        assertThat(filesIn(live)).containsExactlyInAnyOrder("orders.db", folder);
        assertThat(ask(live.resolve(folder).resolve("orders.db"), "SELECT count(*) FROM account"))
                .isEqualTo("1000");
    }

    @Test
    void recoverWhenTheFileWasReplacedTellsTheFolder() throws Exception {
        SampleDatabases.accounts(target, "DELETE");
        var replacement = replacement();
        assertThat(replacement.recover()).isEmpty();
        replacement.run(NOW, PageProgress.NONE);

        assertThat(replacement.recover()).contains(live.resolve(DATED));
        assertThat(content(target)).isEqualTo(content(source));
    }

    @ParameterizedTest(name = "the temporary name is still there: {0}")
    @ValueSource(booleans = {true, false})
    void recoverWhenTheNewFileHasItsNameCompletesTheWork(boolean temporaryNameIsThere) throws Exception {
        SampleDatabases.accounts(target, "DELETE");
        var replacement = replacement();
        replacement.run(NOW, PageProgress.NONE);
        // As it is on disk when the process dies between the new file's name and the folder's.
        Files.move(live.resolve(DATED), hidden());
        if (temporaryNameIsThere) {
            Files.createLink(replacement.file().temporary(), target);
        }

        assertThat(opened().recover()).contains(live.resolve(DATED));

        assertThat(content(target)).isEqualTo(content(source));
        assertThat(filesIn(live)).containsExactly("orders.db", DATED);
    }

    @Test
    void recoverWhenKilledAtAnyMomentLeavesTheOldFileOrTheNewOne() throws Exception {
        var two = SampleDatabases.create(directory.resolve("two.db"), "CREATE TABLE fresh AS SELECT 'two' AS state");
        var random = new Random(3);
        int inTheMiddle = 0;
        SampleDatabases.accounts(target, "WAL");
        for (int kill = 0; kill < KILLS || inTheMiddle == 0 && kill < 5 * KILLS; kill++) {
            try (var replacing = OtherProcess.start(ReplacingFile.class, target, source, two)) {
                replacing.awaitLine("replacing");
                LockSupport.parkNanos(random.nextLong(600_000_000));
                replacing.kill();
            }
            inTheMiddle += filesIn(live).stream().anyMatch(name -> name.endsWith("-old")) ? 1 : 0;

            var replacement = opened();
            replacement.recover();
            replacement.file().discard();

            assertThat(ask(target, "SELECT state FROM fresh")).isIn("new", "two");
            assertThat(filesIn(live)).allMatch(name -> name.equals("orders.db") || name.startsWith(DATED));
        }
        assertThat(inTheMiddle).isPositive();
    }
}
