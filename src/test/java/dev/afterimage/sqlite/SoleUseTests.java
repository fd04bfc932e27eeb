package dev.afterimage.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SoleUseTests {

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"WAL", "DELETE"})
    void ofKeepsConnectionsOfOtherProcessesOutUntilItIsClosed(String journalMode) throws Exception {
        var database = SampleDatabases.accounts(directory.resolve("a.db"), journalMode);
        var source = SampleDatabases.accounts(directory.resolve("b.db"), "DELETE");
        try (var soleUse = SoleUse.of(database)) {
            soleUse.requireNobodyWaits(database);
            try (var other = OtherProcess.start(ReplacingProcess.class, database, source)) {
                assertThat(other.nextLine()).isEqualTo("TARGET_IN_USE");
                assertThat(other.nextLine())
                        .contains("process " + ProcessHandle.current().pid() + " (EXCLUSIVE)");
            }
        }
        try (var other = OtherProcess.start(ReplacingProcess.class, database, source)) {
            assertThat(other.nextLine()).isEqualTo("REPLACED");
        }
    }

    @Test
    void ofChangesNothing() throws Exception {
        var database = SampleDatabases.accounts(directory.resolve("a.db"), "DELETE");
        var before = Files.readAllBytes(database);

        SoleUse.of(database).close();

        assertThat(Files.readAllBytes(database)).isEqualTo(before);
        assertThat(SampleDatabases.filesIn(directory)).containsExactly("a.db");
    }

    @Test
    void ofWhenThisProcessHasItThrowsInUse() throws Exception {
        var database = SampleDatabases.accounts(directory.resolve("a.db"), "DELETE");
        try (var soleUse = SoleUse.of(database)) {
            assertThat(soleUse).isNotNull();
            assertThatExceptionOfType(LiveTargetException.InUse.class)
                    .isThrownBy(() -> SoleUse.of(database))
                    .withMessageContaining("process " + ProcessHandle.current().pid());
        }
    }
}
