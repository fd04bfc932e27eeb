package dev.afterimage.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.transaction.TransactionException;
import org.springframework.transaction.support.TransactionTemplate;
import org.sqlite.SQLiteConfig;

/** Transactions as the catalog makes them, on one connection that stays. */
class CatalogConnectionTests {

    @TempDir
    Path dir;

    private Path file;
    private Connection connection;
    private TransactionTemplate transactions;
    private JdbcClient rows;

    @BeforeEach
    void open() throws SQLException {
        file = dir.resolve("catalog.db");
        var config = new SQLiteConfig();
        config.setBusyTimeout(0);
        connection = new CatalogConnection(file, config);
        var source = new SingleConnectionDataSource(connection, true);
        transactions = new TransactionTemplate(new JdbcTransactionManager(source));
        rows = JdbcClient.create(source);
        rows.sql("CREATE TABLE t (v UNIQUE)").update();
    }

    @AfterEach
    void close() throws SQLException {
        connection.close();
    }

    private void insert(int value) {
        rows.sql("INSERT INTO t VALUES (:v)").param("v", value).update();
    }

    private void assertTransactionsWork() {
        assertThatExceptionOfType(IllegalStateException.class)
                .isThrownBy(() -> transactions.executeWithoutResult(status -> {
                    insert(1);
                    insert(2);
                    throw new IllegalStateException();
                }));
        assertThat(count()).as("rolled back").isZero();
        transactions.executeWithoutResult(status -> insert(3));
        assertThat(count()).isOne();
        insert(4);
        assertThat(count()).isEqualTo(2);
    }

    private int count() {
        return rows.sql("SELECT count(*) FROM t").query(Integer.class).single();
    }

    @Test
    void transactionsAreWholeOrNothing() {
        assertTransactionsWork();
    }

    /** As when somebody looks into the catalog with the sqlite3 shell, or the disk was away. */
    @Test
    void transactionsWorkAfterOneThatCouldNotBegin() throws SQLException {
        try (var other = DriverManager.getConnection("jdbc:sqlite:" + file);
                var lock = other.createStatement()) {
            lock.execute("BEGIN IMMEDIATE");
            assertThatExceptionOfType(CannotCreateTransactionException.class)
                    .isThrownBy(() -> transactions.executeWithoutResult(status -> insert(1)));
        }
        assertTransactionsWork();
    }

    /** OR ROLLBACK ends the transaction in SQLite itself, as a disk that fails does. */
    @Test
    void rollbackWhenSqliteHasEndedTheTransactionTellsWhatHappenedAndTransactionsWorkAfterwards() {
        assertThatExceptionOfType(DataAccessException.class)
                .isThrownBy(() -> transactions.executeWithoutResult(status -> {
                    insert(1);
                    rows.sql("INSERT OR ROLLBACK INTO t VALUES (1)").update();
                }))
                .withMessageContaining("UNIQUE constraint failed");
        assertTransactionsWork();
    }

    /** What foreign keys forbid is only found by the commit, which leaves the transaction open. */
    @Test
    void commitWhenItFailsRollsBackAndTransactionsWorkAfterwards() {
        rows.sql("PRAGMA foreign_keys = ON").update();
        rows.sql("CREATE TABLE child (v REFERENCES t (v) DEFERRABLE INITIALLY DEFERRED)")
                .update();
        assertThatExceptionOfType(TransactionException.class)
                .isThrownBy(() -> transactions.executeWithoutResult(
                        status -> rows.sql("INSERT INTO child VALUES (7)").update()));
        assertThat(rows.sql("SELECT count(*) FROM child").query(Integer.class).single())
                .isZero();
        assertTransactionsWork();
    }
}
