package dev.afterimage.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.afterimage.catalog.databases.PathNotAllowedException;
import dev.afterimage.sqlite.OtherProcess;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.SampleDatabases;
import dev.afterimage.sqlite.replace.WhenChanged;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Names as long as can be, what is left of a database that is gone, and files of another user. */
class AwkwardTargetTests extends RestoreTest {

    /** With {@code -journal} it has 255 bytes, as many as a name can have. */
    private static final String LONGEST_NAME = "ü" + "n".repeat(245);

    private Path targets;

    @BeforeEach
    void makeDirectory() throws Exception {
        targets = Files.createDirectory(dir.resolve("targets"));
    }

    private Restored put(Path target, TargetMode mode) {
        try (var prepared = prepare(target, mode, backups.staging())) {
            return prepared.put(Duration.ZERO, WhenChanged.NONE, PageProgress.NONE);
        }
    }

    @ParameterizedTest
    @EnumSource
    void putWhenTheNameIsAsLongAsCanBeRestoresWhatCanBeWritten(TargetMode mode) {
        var target = targets.resolve(LONGEST_NAME);
        if (mode != TargetMode.NEW_FILE) {
            SampleDatabases.accounts(target, "DELETE");
        }

        put(target, mode);

        SampleDatabases.create(target, "DELETE FROM t WHERE rowid > 10");
        assertThat(SampleDatabases.ask(target, "SELECT count(*) FROM t")).isEqualTo("10");
        assertThat(SampleDatabases.filesIn(targets)).hasSize(mode == TargetMode.REPLACE_FILE ? 2 : 1);
    }

    /** SQLite opens no database in WAL mode of that name, and writes none in rollback mode; but a file can be given it. */
    @ParameterizedTest
    @EnumSource
    void prepareWhenTheNameIsLongerRefusesBeforeAnythingIsDone(TargetMode mode) throws Exception {
        var target = targets.resolve(LONGEST_NAME + "n");
        if (mode != TargetMode.NEW_FILE) {
            Files.move(SampleDatabases.accounts(dir.resolve("made.db"), "DELETE"), target);
        }
        var before = SampleDatabases.filesIn(targets);

        assertThatExceptionOfType(PathNotAllowedException.class)
                .isThrownBy(() -> prepare(target, mode, backups.staging()))
                .withMessageContaining("longer than 247 bytes");

        assertThat(SampleDatabases.filesIn(targets)).isEqualTo(before);
    }

    @ParameterizedTest
    @EnumSource
    void followingTheHintWhenOnlyWhatWasBesideTheDatabaseIsThereEndsInARestoredOne(TargetMode mode) throws Exception {
        var target = leftovers("o'rders.db");
        Files.writeString(targets.resolve("o'rders.db-wal.old"), "of an earlier time");

        putFollowingTheHint(target, mode);

        assertThat(targets.resolve("o'rders.db-wal.old-2")).hasContent("wal");
        assertThat(targets.resolve("o'rders.db-journal.old")).hasContent("journal");
    }

    @Test
    void followingTheHintWhenTheNameIsAsLongAsCanBeEndsInARestoredDatabase() throws Exception {
        putFollowingTheHint(leftovers(LONGEST_NAME), TargetMode.NEW_FILE);
        assertThat(SampleDatabases.filesIn(targets)).hasSize(3);
    }

    private Path leftovers(String name) throws Exception {
        Files.writeString(targets.resolve(name + "-wal"), "wal");
        Files.writeString(targets.resolve(name + "-journal"), "journal");
        return targets.resolve(name);
    }

    private void putFollowingTheHint(Path target, TargetMode mode) throws Exception {
        var hint = hintOfRefusal(target, mode);
        assertThat(hint).contains("NEW_FILE");
        run(hint.substring(hint.indexOf("mv -n")));

        put(target, TargetMode.NEW_FILE);

        assertThat(SampleDatabases.ask(target, "SELECT count(*) FROM t")).isEqualTo("9000");
    }

    private String hintOfRefusal(Path target, TargetMode mode) {
        try {
            put(target, mode);
            throw new AssertionError("it was restored");
        } catch (TargetException e) {
            return e.problem().hint();
        }
    }

    private static void run(String command) throws Exception {
        assertThat(new ProcessBuilder("sh", "-c", command).inheritIO().start().waitFor())
                .as(command)
                .isZero();
    }

    @Test
    void newFileHasOwnerGroupAndModeOfTheDatabaseThatItIsOf() throws Exception {
        assumeThat(System.getProperty("user.name"))
                .as("who may give files away")
                .isEqualTo("root");
        belongToAnother(backups.catalog.databases.get("orders").path());

        var restored = put(targets.resolve("new.db"), TargetMode.NEW_FILE);

        requireOfAnother(restored.path());
        assertThat(restored.notes()).isEmpty();
    }

    private static void belongToAnother(Path file) throws Exception {
        Files.setAttribute(file, "unix:uid", 12345);
        Files.setAttribute(file, "unix:gid", 23456);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    }

    private static void requireOfAnother(Path file) throws Exception {
        assertThat(Files.getAttribute(file, "unix:uid")).isEqualTo(12345);
        assertThat(Files.getAttribute(file, "unix:gid")).isEqualTo(23456);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-r-----");
    }

    @Test
    void giveWhenFilesMayNotBeGivenAwaySaysByWhichCommandTheyCan() throws Exception {
        assumeThat(System.getProperty("user.name"))
                .as("who may run the command")
                .isEqualTo("root");
        var withoutChown = List.of("setpriv", "--bounding-set", "-chown");
        assumeThat(OtherProcess.canRunUnder(withoutChown)).as("setpriv is here").isTrue();
        var live = SampleDatabases.accounts(targets.resolve("live.db"), "DELETE");
        belongToAnother(live);
        var file = Files.writeString(targets.resolve("it's new.db"), "new");
        try (var giving = OtherProcess.startUnder(withoutChown, Giving.class, live, file)) {
            var note = giving.nextLine();
            assertThat(note).contains("12345:23456", "rw-r-----");

            run(note.substring(note.indexOf("chown ")));
        }
        requireOfAnother(file);
    }

    /** Prints the notes. */
    static final class Giving {

        public static void main(String[] arguments) throws Exception {
            var file = Path.of(arguments[1]);
            Ownership.of(Path.of(arguments[0])).orElseThrow().giveTo(file, file).forEach(System.out::println);
        }
    }
}
