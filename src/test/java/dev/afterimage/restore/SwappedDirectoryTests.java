package dev.afterimage.restore;

import static dev.afterimage.sqlite.SampleDatabases.filesIn;
import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.Torture;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.sqlite.OtherProcess;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.SampleDatabases;
import dev.afterimage.sqlite.SwappingProcess;
import dev.afterimage.sqlite.replace.TargetDirectory;
import dev.afterimage.sqlite.replace.WhenChanged;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.util.FileSystemUtils;

/**
 * Somebody who may write the directory of a target's directory puts a link to another one in its place, and takes it away again, as fast as
 * a process can. Nothing of the other one changes, and where the target belongs there is the old file or the new one and nothing else.
 */
@Timeout(900)
class SwappedDirectoryTests extends RestoreTest {

    private static final String NAME = "target.db";

    /** So that some restores meet no link, and others one at any moment. */
    private static final Duration LONGEST_IN_PLACE = Duration.ofMillis(60);

    private static final int TRIES = Torture.TIME.isZero() ? 25 : 1000;

    @ParameterizedTest
    @CsvSource({"NEW_FILE, ", "REPLACE_FILE, DELETE", "REPLACE_LIVE, DELETE", "REPLACE_LIVE, WAL"})
    void restoreWhileALinkComesAndGoesWritesNowhereElse(TargetMode mode, String journalMode) throws Exception {
        var own = Files.createDirectory(dir.resolve("own"));
        var other = Files.createDirectory(dir.resolve("other"));
        var staging = Files.createDirectory(dir.resolve("staging")); // where the restore may write as well
        SampleDatabases.accounts(other.resolve(NAME), "DELETE");
        Files.writeString(other.resolve(NAME + "-journal"), "somebody's");
        Files.writeString(other.resolve(NAME + "-wal"), "somebody's");
        var old = journalMode == null ? null : SampleDatabases.accounts(dir.resolve("old.db"), journalMode);
        var before = contents(other);
        var refusals = new ArrayList<String>();
        int tries = 0;
        try (var held = TargetDirectory.open(own);
                var swapping = OtherProcess.start(SwappingProcess.class, own, other, LONGEST_IN_PLACE.toNanos())) {
            swapping.awaitLine("swapping");
            while (tries < TRIES || tries == refusals.size() && tries < 10 * TRIES) { // by chance none was put yet
                begin(held.entries(), old);
                tries++;
                try (var prepared = TestRestore.on(backups)
                        .prepare(
                                UUID.randomUUID(),
                                item(own.resolve(NAME), mode),
                                Optional.empty(),
                                staging,
                                PageProgress.NONE)) {
                    prepared.put(Duration.ofMillis(200), WhenChanged.NONE, PageProgress.NONE);
                } catch (ProblemException e) {
                    refusals.add(e.code() + " " + e.getMessage());
                }
                assertThat(contents(other)).as(refusals.toString()).isEqualTo(before);
                requireOldOrNew(held.entries(), mode, refusals);
            }
        }
        assertThat(tries).as(refusals.toString()).isGreaterThan(refusals.size());
        System.out.printf(
                "%s %s: %d tries, %d put; refused: %s%n",
                mode, journalMode, tries, tries - refusals.size(), distinct(refusals));
    }

    private static void begin(Path own, Path old) throws Exception {
        for (var file : filesIn(own)) {
            FileSystemUtils.deleteRecursively(own.resolve(file));
        }
        if (old != null) {
            Files.copy(old, own.resolve(NAME));
        }
    }

    private void requireOldOrNew(Path own, TargetMode mode, List<String> refusals) throws Exception {
        var copy = Files.createTempDirectory(dir, "copy");
        for (var name : filesIn(own)) {
            if (name.startsWith(NAME + ".replaced-")) {
                assertThat(mode).isEqualTo(TargetMode.REPLACE_FILE);
            } else {
                // A live database may have a journal or a WAL: it is whole with it.
                assertThat(name)
                        .as(refusals.toString())
                        .matches(mode == TargetMode.REPLACE_LIVE ? NAME + "(-.*)?" : NAME);
                Files.copy(own.resolve(name), copy.resolve(name));
            }
        }
        if (mode != TargetMode.NEW_FILE || !filesIn(copy).isEmpty()) {
            assertThat(SampleDatabases.ask(copy.resolve(NAME), "SELECT name FROM sqlite_schema"))
                    .isIn("account", "t");
            assertThat(SampleDatabases.ask(copy.resolve(NAME), "PRAGMA integrity_check"))
                    .isEqualTo("ok");
        }
        FileSystemUtils.deleteRecursively(copy);
    }

    private static List<String> contents(Path directory) throws Exception {
        var contents = new ArrayList<String>();
        for (var name : filesIn(directory)) {
            var file = directory.resolve(name);
            contents.add(name + " " + Arrays.hashCode(Files.readAllBytes(file)) + " "
                    + Files.getAttribute(file, "unix:ino") + " " + Files.getPosixFilePermissions(file));
        }
        return contents;
    }

    private static List<String> distinct(List<String> failures) {
        return failures.stream()
                .map(failure -> failure.replaceAll("[0-9a-f-]{36}", "…"))
                .distinct()
                .limit(8)
                .toList();
    }
}
