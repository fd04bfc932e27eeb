package dev.afterimage.storage;

import static dev.afterimage.problem.ProblemAssertions.problem;
import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.problem.ProblemCode;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import org.junit.jupiter.api.Test;

class StorageExceptionTests {

    @Test
    void writingWhenTheFileSystemOrTheUsersPartOfItIsFullSaysFull() {
        assertThat(StorageException.writing(new IOException("No space left on device"), "Writing"))
                .isInstanceOf(StorageException.class)
                .satisfies(problem(ProblemCode.STORAGE_FULL));
        assertThat(StorageException.writing(new FileSystemException("/srv/a", null, "Disk quota exceeded"), "Writing"))
                .isInstanceOf(StorageException.class)
                .satisfies(problem(ProblemCode.STORAGE_FULL));
    }

    @Test
    void writingWhenOnlyThePathHasThoseWordsSaysUnreachable() {
        assertThat(StorageException.writing(new AccessDeniedException("/srv/no space left/a"), "Writing"))
                .isInstanceOf(StorageException.Unreachable.class);
        assertThat(StorageException.writing(new IOException("Input/output error"), "Writing"))
                .isInstanceOf(StorageException.Unreachable.class);
    }
}
