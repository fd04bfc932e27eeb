package dev.afterimage.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.sqlite.capture.CapturingProcess;
import dev.afterimage.sqlite.capture.CopyBy;
import dev.afterimage.sqlite.live.BadSourceTests;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A service that may write nothing beside a WAL database, whose application goes on. See {@link BadSourceTests} for what lasts. */
class ReadOnlyCompanionsTests {

    @TempDir
    Path directory;

    private Path readOnly;
    private Path source;

    @BeforeEach
    void makeDatabase() throws Exception {
        readOnly = Files.createDirectory(directory.resolve("read-only"));
        source = SampleDatabases.accounts(readOnly.resolve("source.db"), "WAL");
    }

    @AfterEach
    void allow() throws Exception {
        Files.setPosixFilePermissions(readOnly, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /** SQLite then says READONLY_RECOVERY: it would write the header anew, if it could. */
    @Test
    void runWhileTheWalIndexIsBeingWrittenWaitsForIt() throws Exception {
        try (var application = OtherProcess.start(LiveApplication.class, "write-wal", source)) {
            application.awaitLine("written");
            forbid();
            writeHalf();
            try (var capturing = capturing()) {
                capturing.awaitLine("waiting");
                writeHalf(); // the other half, so to speak: it is as it was
                assertThat(capturing.nextLine()).isEqualTo("SUCCEEDED");
            }
        }
        assertThat(SampleDatabases.ask(
                        directory.resolve("staging.db"), "SELECT count(*) FROM account WHERE note = 'in the WAL'"))
                .isEqualTo("50");
    }

    /** SQLite then may not make the -wal and the -shm. */
    @Test
    void runWhileTheApplicationOpensItsDatabaseForEachTransactionWaitsForTheNext() throws Exception {
        try (var application = OtherProcess.start(LiveApplication.class, "obey", source)) {
            application.awaitLine("obeying");
            forbid();
            try (var capturing = capturing()) {
                capturing.awaitLine("waiting");
                assertThat(application.ask("SELECT count(*) FROM account")).isEqualTo("done");
                assertThat(capturing.nextLine()).isEqualTo("SUCCEEDED");
            }
        }
    }

    private OtherProcess capturing() {
        return OtherProcess.startUnder(
                BadSourceTests.boundByPermissions(),
                CapturingProcess.class,
                source,
                directory.resolve("staging.db"),
                CopyBy.ONLINE,
                "PT60S");
    }

    private void forbid() throws IOException {
        for (var file : SampleDatabases.filesIn(readOnly)) {
            Files.setPosixFilePermissions(readOnly.resolve(file), PosixFilePermissions.fromString("r--r--r--"));
        }
        Files.setPosixFilePermissions(readOnly, PosixFilePermissions.fromString("r-xr-xr-x"));
    }

    /** Makes the first of the two copies of the header differ from the second, or equal again. */
    private void writeHalf() throws IOException {
        try (var shm = new RandomAccessFile(Beside.shm(source).toFile(), "rw")) {
            shm.seek(8);
            int changes = shm.readInt();
            shm.seek(8);
            shm.writeInt(~changes);
        }
    }
}
