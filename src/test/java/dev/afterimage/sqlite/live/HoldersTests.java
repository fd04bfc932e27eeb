package dev.afterimage.sqlite.live;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.sqlite.Connections;
import dev.afterimage.sqlite.LiveApplication;
import dev.afterimage.sqlite.OtherProcess;
import dev.afterimage.sqlite.SampleDatabases;
import java.nio.file.Path;
import java.sql.DriverManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@EnabledOnOs(OS.LINUX)
class HoldersTests {

    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource({
        "DELETE, IMMEDIATE, 'RESERVED, SHARED'",
        "DELETE, EXCLUSIVE, EXCLUSIVE",
        "WAL, IMMEDIATE, 'DMS, SHARED, WAL_READ_0, WAL_WRITE'"
    })
    void ofNamesTheLocksOfAnotherProcess(String journalMode, String lock, String expected) {
        var database = SampleDatabases.accounts(directory.resolve("held.db"), journalMode);
        try (var application = OtherProcess.start(LiveApplication.class, "hold", database, lock)) {
            application.awaitLine("holding");

            var holders = Holders.of(database);

            assertThat(holders).singleElement().satisfies(holder -> {
                assertThat(holder.pid()).isEqualTo(application.pid());
                assertThat(holder.locks()).containsExactlyInAnyOrder(expected.split(", "));
                assertThat(holder.command()).contains("java").hasSizeLessThanOrEqualTo(200);
                assertThat(holder.user()).isEqualTo(System.getProperty("user.name"));
                assertThat(holder.files()).contains("held.db").allMatch(file -> file.startsWith("held.db"));
                assertThat(holder.files().contains("held.db-wal")).isEqualTo(journalMode.equals("WAL"));
            });

            application.send("release");
            application.awaitLine("released");
            assertThat(Holders.of(database).getFirst().locks()).doesNotContain("EXCLUSIVE", "RESERVED", "WAL_WRITE");
        }
    }

    @Test
    void ofNamesThisProcessWhenItHasTheFileOpen() throws Exception {
        var database = SampleDatabases.accounts(directory.resolve("held.db"), "DELETE");
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + database)) {
            Connections.number(connection, "SELECT count(*) FROM account");

            assertThat(Holders.of(database)).singleElement().satisfies(holder -> {
                assertThat(holder.pid()).isEqualTo(ProcessHandle.current().pid());
                assertThat(holder.locks()).isEmpty();
            });
        }
    }

    @Test
    void ofWhenNobodyHasItOpenIsEmpty() {
        assertThat(Holders.of(SampleDatabases.accounts(directory.resolve("free.db"), "WAL")))
                .isEmpty();
    }

    @Test
    void ofWhenThereIsNoFileIsEmpty() {
        assertThat(Holders.of(directory.resolve("none.db"))).isEmpty();
    }

    @Test
    void parseReadsALineOfProcLocks() {
        assertThat(PosixLock.parse("12: POSIX  ADVISORY  WRITE 4711 08:01:131 1073741824 1073742335"))
                .contains(new PosixLock(4711, true, "08:01", 131, 1073741824, 1073742335));
        assertThat(PosixLock.parse("3: POSIX  ADVISORY  READ  1 fd:00:99 0 EOF"))
                .contains(new PosixLock(1, false, "fd:00", 99, 0, Long.MAX_VALUE));
    }

    @Test
    void parseWhenTheLockIsWaitedForOrOfAnotherKindIsEmpty() {
        assertThat(PosixLock.parse("1: -> POSIX  ADVISORY  WRITE 4711 08:01:131 120 120"))
                .isEmpty();
        assertThat(PosixLock.parse("2: FLOCK  ADVISORY  WRITE 4711 08:01:131 0 EOF"))
                .isEmpty();
        assertThat(PosixLock.parse("5: OFDLCK ADVISORY  READ -1 08:01:131 128 128"))
                .isEmpty();
    }

    @Test
    void namesOfTellsTheByteThatIsLocked() {
        var database = new HeldFile(Path.of("/a.db"), null, "08:01", 1);
        var shm = new HeldFile(Path.of("/a.db-shm"), null, "08:01", 1);

        assertThat(database.namesOf(lock(true, 0x40000000L, 0x40000000L))).containsExactly("PENDING");
        assertThat(database.namesOf(lock(true, 0x40000001L, 0x40000001L))).containsExactly("RESERVED");
        assertThat(database.namesOf(lock(false, 0x40000002L, 0x400001ffL))).containsExactly("SHARED");
        assertThat(database.namesOf(lock(true, 0x40000002L, 0x400001ffL))).containsExactly("EXCLUSIVE");
        assertThat(database.namesOf(lock(true, 0x40000000L, 0x400001ffL))).containsExactly("EXCLUSIVE");
        assertThat(database.namesOf(lock(true, 0, 7))).isEmpty();
        assertThat(shm.namesOf(lock(true, 120, 122))).containsExactly("WAL_WRITE", "WAL_CHECKPOINT", "WAL_RECOVER");
        assertThat(shm.namesOf(lock(false, 127, 128))).containsExactly("WAL_READ_4", "DMS");
    }

    private static PosixLock lock(boolean write, long first, long last) {
        return new PosixLock(1, write, "08:01", 1, first, last);
    }

    @Test
    void majorAndMinorAreWrittenAsInProcLocks() {
        assertThat(HeldFile.majorAndMinor(0x801)).isEqualTo("08:01");
        assertThat(HeldFile.majorAndMinor(0x10_0007L)).isEqualTo("00:107");
        assertThat(HeldFile.majorAndMinor(0x1ff00L)).isEqualTo("1ff:00");
    }
}
