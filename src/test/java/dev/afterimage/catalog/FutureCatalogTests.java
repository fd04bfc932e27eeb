package dev.afterimage.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.afterimage.TestClock;
import dev.afterimage.catalog.home.Node;
import dev.afterimage.lifecycle.StartRefusedException;
import java.nio.file.Path;
import java.sql.DriverManager;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.SQLiteDataSource;

class FutureCatalogTests {

    @TempDir
    Path dir;

    /** As an older service finds it after somebody went back to it. */
    @Test
    void migrationWhenANewerServiceHasWrittenTheCatalogRefusesAndChangesNothing() throws Exception {
        var home = dir.resolve("home");
        new TestCatalog(home, dir, new TestClock()).close();
        var url = "jdbc:sqlite:" + home.resolve("catalog.db");
        try (var catalog = DriverManager.getConnection(url);
                var newer = catalog.createStatement()) {
            newer.execute("""
                    INSERT INTO flyway_schema_history
                    SELECT 99, '99', 'of the future', type, 'V99__of_the_future.sql', 7, installed_by, installed_on, 1, 1
                    FROM flyway_schema_history WHERE version = '1'
                    """);
        }
        var source = new SQLiteDataSource();
        source.setUrl(url);
        var flyway = Flyway.configure().dataSource(source).load();
        var node = new Node(home, "n", null);
        var strategy =
                new CatalogConnections().catalogMigration(node, new CopiesBeforeMigrations(node, new TestClock()));

        assertThatExceptionOfType(StartRefusedException.class)
                .isThrownBy(() -> strategy.migrate(flyway))
                .withMessageContaining("a newer Afterimage (V99, of the future)");
        assertThat(flyway.info().applied()).hasSize(2);
    }
}
