package dev.afterimage.repository.read;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.problem.ProblemCode;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UnwritableFileExceptionTests {

    @ParameterizedTest
    @ValueSource(strings = {"No space left on device", "Disk quota exceeded"})
    void codeWhenTheTargetHasNoRoomIsStorageFull(String message) {
        assertThat(new UnwritableFileException(Path.of("/srv/a.db"), new IOException(message)).code())
                .isEqualTo(ProblemCode.STORAGE_FULL);
    }

    @Test
    void codeWhenTheTargetIsRefusedIsTargetUnwritable() {
        assertThat(new UnwritableFileException(Path.of("/srv/a.db"), new IOException("Permission denied")).code())
                .isEqualTo(ProblemCode.TARGET_UNWRITABLE);
    }
}
