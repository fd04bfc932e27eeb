package dev.afterimage.sqlite.live;

import static dev.afterimage.sqlite.SampleDatabases.filesIn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.afterimage.sqlite.LiveApplication;
import dev.afterimage.sqlite.OtherProcess;
import dev.afterimage.sqlite.SampleDatabases;
import dev.afterimage.sqlite.format.JournalMode;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatabaseFactsTests {

    @TempDir
    Path directory;

    @Test
    void readCountsPagesThatAreStillInTheWal() throws Exception {
        var database = SampleDatabases.accounts(directory.resolve("a.db"), "WAL");
        try (var application = OtherProcess.start(LiveApplication.class, "write-wal", database)) {
            application.awaitLine("written");

            var facts = DatabaseFacts.read(database);

            assertThat(facts)
                    .isEqualTo(new DatabaseFacts(
                            Files.size(database),
                            4096,
                            Files.size(database) / 4096,
                            JournalMode.WAL,
                            Files.size(directory.resolve("a.db-wal"))));
            assertThat(facts.walBytes()).isPositive();
        }
    }

    @Test
    void readOfARollbackDatabaseLeavesNothingBesideIt() throws Exception {
        var database = SampleDatabases.accounts(directory.resolve("a.db"), "DELETE");

        var facts = DatabaseFacts.read(database);

        assertThat(facts.journalMode()).isEqualTo(JournalMode.ROLLBACK);
        assertThat(facts.walBytes()).isZero();
        assertThat(facts.pageCount() * facts.pageSize()).isEqualTo(Files.size(database));
        assertThat(filesIn(directory)).containsExactly("a.db");
    }

    @Test
    void readOfAnEmptyFileSays0Pages() throws Exception {
        var facts = DatabaseFacts.read(Files.createFile(directory.resolve("empty.db")));

        assertThat(facts.sizeBytes()).isZero();
        assertThat(facts.pageCount()).isZero();
    }

    @Test
    void readWhenItIsLockedThrowsLocked() {
        var database = SampleDatabases.accounts(directory.resolve("a.db"), "DELETE");
        try (var application = OtherProcess.start(LiveApplication.class, "hold", database, "EXCLUSIVE")) {
            application.awaitLine("holding");

            assertThatExceptionOfType(SourceException.Locked.class).isThrownBy(() -> DatabaseFacts.read(database));
        }
    }
}
