package dev.afterimage.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.TestClock;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The catalog's WAL, also while there is always somebody who reads. */
class CatalogWalTests {

    @TempDir
    Path dir;

    private TestCatalog catalog;

    @BeforeEach
    void openCatalog() {
        catalog = new TestCatalog(dir.resolve("home"), dir, new TestClock());
        catalog.catalog.update("CREATE TABLE written (content)").update();
    }

    @AfterEach
    void closeCatalog() {
        catalog.close();
    }

    @Test
    void shortenWhenSomebodyAlwaysReadsHasTheWalBeginAnew() throws Exception {
        try (var readers = new Readers(catalog.node.catalogFile());
                var thread = Executors.newSingleThreadExecutor()) {
            while (walBytes() <= CatalogWal.LONG.toBytes()) { // SQLite alone lets it grow
                write();
                readers.next();
            }
            var shortened = new AtomicBoolean();
            var reading = thread.submit(readersUntil(shortened, readers));

            new CatalogWal(catalog.catalog, catalog.node).shorten();

            assertThat(walBytes()).isZero();
            shortened.set(true);
            reading.get();
        }
    }

    @Test
    void shortenWhenTheWalIsNotLongLeavesItAlone() {
        write();
        long before = walBytes();

        new CatalogWal(catalog.catalog, catalog.node).shorten();

        assertThat(walBytes()).isEqualTo(before).isPositive();
    }

    private void write() {
        catalog.catalog
                .update("INSERT INTO written VALUES (randomblob(1000000))")
                .update();
        catalog.catalog.update("DELETE FROM written").update();
    }

    private long walBytes() {
        return Path.of(catalog.node.catalogFile() + "-wal").toFile().length();
    }

    private static Callable<Void> readersUntil(AtomicBoolean ended, Readers readers) {
        return () -> {
            while (!ended.get()) {
                readers.next();
            }
            return null;
        };
    }

    /** Each begins to read before the one before it ends. */
    private static final class Readers implements AutoCloseable {

        private Connection reading;
        private Connection other;

        Readers(Path file) throws SQLException {
            reading = DriverManager.getConnection("jdbc:sqlite:" + file);
            other = DriverManager.getConnection("jdbc:sqlite:" + file);
            begin(reading);
        }

        void next() throws SQLException {
            begin(other);
            execute(reading, "COMMIT");
            var ended = reading;
            reading = other;
            other = ended;
        }

        private static void begin(Connection connection) throws SQLException {
            execute(connection, "BEGIN");
            execute(connection, "SELECT count(*) FROM database");
        }

        private static void execute(Connection connection, String sql) throws SQLException {
            try (var statement = connection.createStatement()) {
                statement.execute(sql);
            }
        }

        @Override
        public void close() throws SQLException {
            reading.close();
            other.close();
        }
    }
}
