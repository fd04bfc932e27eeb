package dev.afterimage.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.afterimage.repository.format.SnapshotDamagedException;
import dev.afterimage.sqlite.SampleDatabases;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RestorePreviewsTests extends RestoreTest {

    private Path target;

    @BeforeEach
    void paths() {
        target = dir.resolve("target.db");
    }

    @Test
    void ofAFileThatCannotBeReadIsPossibleAndNotesWhyItIsNotCompared() throws Exception {
        Files.writeString(target, "not a database ".repeat(1000));

        var preview = preview(target, TargetMode.REPLACE_FILE);

        assertThat(preview.obstacles()).isEmpty();
        assertThat(preview.present()).isNull();
        assertThat(preview.difference()).isNull();
        assertThat(preview.notes())
                .singleElement()
                .satisfies(note -> assertThat(note).contains("target.db"));
        assertThat(preview(target, TargetMode.REPLACE_LIVE).obstacles()).hasSize(1);
    }

    @Test
    void ofADamagedDatabaseIsPossibleAndNotesWhyItIsNotCompared() throws Exception {
        SampleDatabases.accounts(target, "DELETE");
        try (var file = new RandomAccessFile(target.toFile(), "rw")) {
            file.seek(100);
            file.write(new byte[3000]);
        }

        var preview = preview(target, TargetMode.REPLACE_FILE);

        assertThat(preview.obstacles()).isEmpty();
        assertThat(preview.difference()).isNull();
        assertThat(preview.notes()).hasSize(1);
    }

    @Test
    void ofADamagedSnapshotThrowsThatItIs() throws Exception {
        SampleDatabases.accounts(target, "DELETE");
        backups.damage(snapshot);

        assertThatExceptionOfType(SnapshotDamagedException.class)
                .isThrownBy(() -> preview(target, TargetMode.REPLACE_FILE));
        assertThatExceptionOfType(SnapshotDamagedException.class)
                .isThrownBy(() -> preview(target, TargetMode.REPLACE_LIVE));
    }

    /** The file has a hole, as one that grows in large steps. */
    @ParameterizedTest
    @CsvSource({"DELETE, 0, true", "DELETE, 1, false", "WAL, 1, true"})
    void ofALargeDatabaseInRollbackModeIsNotComparedBecauseItsWritersWouldWait(
            String journalMode, long above, boolean compared) throws Exception {
        SampleDatabases.accounts(target, journalMode);
        try (var file = new RandomAccessFile(target.toFile(), "rw")) {
            file.setLength(RestorePreviews.MOST_KEPT_WAITING_FOR + above);
        }

        var preview = preview(target, TargetMode.REPLACE_LIVE);

        assertThat(preview.obstacles()).isEmpty();
        assertThat(preview.present()).isNotNull();
        assertThat(preview.difference() != null).isEqualTo(compared);
        assertThat(preview.notes().isEmpty()).isEqualTo(compared);
        assertThat(preview.notes()).allSatisfy(note -> assertThat(note).contains("writers waiting"));
    }
}
