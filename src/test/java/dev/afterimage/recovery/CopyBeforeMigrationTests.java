package dev.afterimage.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.TestClock;
import dev.afterimage.backup.TestBackups;
import dev.afterimage.catalog.CatalogCopy;
import dev.afterimage.catalog.TestCatalog;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CopyBeforeMigrationTests {

    @TempDir
    Path dir;

    /** The repository is away when the schema changes: the copy waits in the home. */
    @Test
    void migrateWhenTheSchemaChangesCopiesTheCatalogAsItWas() throws Exception {
        try (var backups = new TestBackups(dir, new TestClock())) {
            backups.database("orders", "CREATE TABLE t (v)");
            var node = backups.catalog.node;
            var away = dir.resolve("away");
            Files.move(node.repositoryDirectory().orElseThrow(), away);
            var newer = Files.createDirectories(dir.resolve("newer"));
            Files.writeString(newer.resolve("V2__labels.sql"), "ALTER TABLE database DROP COLUMN labels;");
            var flyway = Flyway.configure()
                    .dataSource("jdbc:sqlite:" + node.catalogFile(), null, null)
                    .locations("classpath:db/migration", "filesystem:" + newer)
                    .load();
            var strategy = TestCatalog.migration(node, backups.catalog.beforeMigrations);

            strategy.migrate(flyway);
            strategy.migrate(flyway); // nothing is about to change any more

            assertThat(flyway.info().current().getVersion().getVersion()).isEqualTo("2");
            assertThat(backups.catalog.beforeMigrations.list()).hasSize(1);
            Files.move(away, node.repositoryDirectory().orElseThrow());
            backups.copies.storeKept();

            assertThat(backups.catalog.beforeMigrations.list()).isEmpty();
            var copy = backups.copies.newest().orElseThrow();
            assertThat(copy.reason()).isEqualTo("migration");
            var content = Files.createTempFile(dir, "content", ".db");
            backups.repository.catalogObjects().fetch(copy, content);
            assertThat(CatalogCopy.facts(content).schema()).isEqualTo(1);
            try (var connection = DriverManager.getConnection("jdbc:sqlite:" + content);
                    var statement = connection.createStatement();
                    var rows = statement.executeQuery("SELECT name, labels FROM database")) {
                assertThat(rows.next()).isTrue();
                assertThat(rows.getString("name")).isEqualTo("orders");
                assertThat(rows.getString("labels")).isEqualTo("{}");
            }
        }
    }
}
