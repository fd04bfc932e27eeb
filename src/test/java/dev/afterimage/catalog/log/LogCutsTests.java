package dev.afterimage.catalog.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.catalog.TestCatalog;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogCutsTests {

    private static final UUID DATABASE = UUID.randomUUID();
    private static final UUID CHAIN = UUID.randomUUID();

    @TempDir
    Path dir;

    private TestCatalog home;
    private LogCuts cuts;

    @BeforeEach
    void open() {
        home = new TestCatalog(dir, dir, Clock.systemUTC());
        cuts = new LogCuts(home.catalog);
    }

    @AfterEach
    void close() {
        home.close();
    }

    @Test
    void cutNeverGoesBack() {
        cuts.cut(DATABASE, CHAIN, 7);
        cuts.cut(DATABASE, CHAIN, 5);
        assertThat(cuts.of(DATABASE)).isEqualTo(Map.of(CHAIN, 7L));
        cuts.cut(DATABASE, CHAIN, 9);
        assertThat(cuts.of(DATABASE)).isEqualTo(Map.of(CHAIN, 9L));
    }

    @Test
    void ofADatabaseThatWasNeverCutIsEmpty() {
        cuts.cut(DATABASE, CHAIN, 7);
        assertThat(cuts.of(UUID.randomUUID())).isEmpty();
        assertThat(cuts.databases()).containsExactly(DATABASE);
    }
}
