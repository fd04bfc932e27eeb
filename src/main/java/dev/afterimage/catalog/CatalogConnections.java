package dev.afterimage.catalog;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.afterimage.catalog.home.HomeLock;
import dev.afterimage.catalog.home.Node;
import dev.afterimage.catalog.home.Reserve;
import dev.afterimage.catalog.home.UnpackedLibraries;
import dev.afterimage.lifecycle.StartRefusedException;
import java.sql.SQLException;
import org.flywaydb.core.api.MigrationState;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.flyway.autoconfigure.FlywayMigrationStrategy;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteConfig.JournalMode;
import org.sqlite.SQLiteConfig.SynchronousMode;
import org.sqlite.SQLiteConnection;
import org.sqlite.SQLiteDataSource;

/**
 * Connections to the catalog's own SQLite database. SQLite lets one connection write at a time: a pool of one makes
 * writers wait in line here instead of polling for the lock, and readers never wait for them (WAL).
 */
@Configuration(proxyBeanMethods = false)
class CatalogConnections {

    private static final int READERS = 4;
    private static final int BUSY_TIMEOUT_MILLIS = 10_000;

    /** The only connection that writes. An accepted job must survive a power cut, hence synchronous FULL. */
    @Bean
    @Primary
    HikariDataSource catalogWriter(Node node, HomeLock held, Reserve reserve, UnpackedLibraries unpacked) {
        var sqlite = new SQLiteConfig();
        sqlite.setJournalMode(JournalMode.WAL);
        sqlite.setSynchronous(node.isFinished() ? SynchronousMode.FULL : SynchronousMode.OFF);
        sqlite.enforceForeignKeys(true);
        return pool("catalog-writer", 1, sqlite, node, null);
    }

    /** An older service must not write what a newer one reads otherwise. A catalog that is about to be changed is copied before. */
    @Bean
    FlywayMigrationStrategy catalogMigration(Node node, CopiesBeforeMigrations copies) {
        return flyway -> {
            for (var migration : flyway.info().applied()) {
                if (migration.getState() == MigrationState.FUTURE_SUCCESS
                        || migration.getState() == MigrationState.FUTURE_FAILED) {
                    throw new StartRefusedException(
                            "The catalog in %s was written by a newer Afterimage (V%s, %s)"
                                    .formatted(node.home(), migration.getVersion(), migration.getDescription()),
                            "Start that one, or this one with a home from before");
                }
            }
            if (flyway.info().applied().length > 0 && flyway.info().pending().length > 0) {
                copies.keepBeforeMigration();
            }
            flyway.migrate();
        };
    }

    /** Connections that cannot write. Opened after the writer, which creates the file. */
    @Bean
    HikariDataSource catalogReader(Node node, HikariDataSource catalogWriter) {
        return pool("catalog-reader", READERS, new SQLiteConfig(), node, "PRAGMA query_only = ON");
    }

    private static HikariDataSource pool(
            String name, int size, SQLiteConfig sqlite, Node node, @Nullable String initSql) {
        sqlite.setBusyTimeout(BUSY_TIMEOUT_MILLIS);
        var source = new SQLiteDataSource(sqlite) {
            @Override
            public SQLiteConnection getConnection(@Nullable String user, @Nullable String password)
                    throws SQLException {
                return new CatalogConnection(node.catalogFile(), sqlite);
            }
        };
        var config = new HikariConfig();
        config.setPoolName(name);
        config.setMaximumPoolSize(size);
        config.setMinimumIdle(1);
        config.setDataSource(source);
        config.setConnectionInitSql(initSql);
        return new HikariDataSource(config);
    }
}
