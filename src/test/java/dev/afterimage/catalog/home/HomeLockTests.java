package dev.afterimage.catalog.home;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HomeLockTests {

    @Test
    void aSecondLockOnTheSameHomeIsRefusedUntilTheFirstIsReleased(@TempDir Path home) throws IOException {
        var node = new Node(home, "node", null);
        var first = new HomeLock(node);
        assertThatThrownBy(() -> new HomeLock(node)).hasMessageContaining("Another Afterimage");
        first.release();
        new HomeLock(node).release();
    }
}
