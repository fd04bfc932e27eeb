package dev.afterimage.bytes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class FileCallsTests {

    @TempDir
    Path directory;

    @Test
    @EnabledOnOs(OS.LINUX)
    void willHaveMakesRoomAndLeavesWhatIsThere() throws IOException {
        var file = Files.writeString(directory.resolve("a"), "what is there");

        FileCalls.willHave(file, 1 << 20);

        assertThat(file).hasSize(1 << 20);
        assertThat(Files.readAllBytes(file)).startsWith("what is there".getBytes());
    }

    @Test
    void nothingIsChangedByWhatIsToldOfAFile() throws IOException {
        var file = Files.write(directory.resolve("a"), new byte[3 << 20]);

        FileCalls.beginWriting(file);
        FileCalls.requireNothingLost(file);
        FileCalls.isRead(file);

        assertThat(Files.readAllBytes(file)).isEqualTo(new byte[3 << 20]);
    }

    @Test
    void willHaveWhenThereIsNoFileMakesNone() {
        var file = directory.resolve("a");

        assertThatCode(() -> FileCalls.willHave(file, 1)).doesNotThrowAnyException();

        assertThat(file).doesNotExist();
    }

    @Test
    void requireNothingLostWhenThatCannotBeToldThrows() {
        assertThatIOException().isThrownBy(() -> FileCalls.requireNothingLost(directory.resolve("none")));
    }
}
