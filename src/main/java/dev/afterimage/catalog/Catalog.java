package dev.afterimage.catalog;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/**
 * The way to the catalog's tables: statements that read, statements that write, transactions, and how values are stored
 * in columns. The classes that own a table write their SQL with it.
 */
@Component
public class Catalog {

    /** Not the one of the HTTP API: that one's strictness would refuse what an older or newer version has stored. */
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** Others that write wait for one such transaction at most. */
    private static final int ROWS_AT_ONCE = 1_000;

    private final JdbcClient reader;
    private final JdbcClient writer;
    private final TransactionTemplate transactions;

    Catalog(
            @Qualifier("catalogWriter") DataSource writer,
            @Qualifier("catalogReader") DataSource reader,
            PlatformTransactionManager transactionManager) {
        this.writer = JdbcClient.create(writer);
        this.reader = JdbcClient.create(reader);
        this.transactions = new TransactionTemplate(transactionManager);
    }

    /** A query that sees what is committed, and never waits for a writer. */
    public JdbcClient.StatementSpec query(String sql) {
        return reader.sql(sql);
    }

    /**
     * A query that sees what its own transaction has changed, and that nobody contradicts before that ends. It waits for others
     * that write.
     */
    public JdbcClient.StatementSpec queryInTransaction(String sql) {
        return writer.sql(sql);
    }

    /** A statement that changes rows. */
    public JdbcClient.StatementSpec update(String sql) {
        return writer.sql(sql);
    }

    /** Runs all statements made with {@link #update} and {@link #queryInTransaction} in one transaction that starts with the write lock. */
    public <T extends @Nullable Object> T inTransaction(Supplier<T> work) {
        return transactions.execute(status -> work.get());
    }

    /**
     * Deletes what may be many rows, some at a time.
     *
     * @param sql deletes no more than {@code :atOnce} rows, and when there are fewer then all of them
     * @return how many it deleted
     */
    public int deleteAll(String sql, Map<String, ?> params) {
        int all = 0;
        int some;
        do {
            some = update(sql).params(params).param("atOnce", ROWS_AT_ONCE).update();
            all += some;
        } while (some == ROWS_AT_ONCE);
        return all;
    }

    /** Puts all of it into its one file: the WAL is empty afterwards, as long as nothing is written. */
    public void endWal() {
        if (!emptyWal()) {
            throw new IllegalStateException("Somebody reads the catalog");
        }
    }

    /** @return false when somebody has read an older state for longer than this waits */
    boolean emptyWal() {
        return writer.sql("PRAGMA wal_checkpoint(TRUNCATE)")
                .query((row, number) -> !row.getBoolean(1))
                .single();
    }

    public String toJson(Object value) {
        return JSON.writeValueAsString(value);
    }

    public <T> T fromJson(String column, Class<T> type) {
        return JSON.readValue(column, type);
    }

    public Map<String, String> stringMap(String column) {
        return JSON.readValue(column, new TypeReference<>() {});
    }

    public List<String> stringList(String column) {
        return JSON.readValue(column, new TypeReference<>() {});
    }

    public static @Nullable Long millis(@Nullable Instant time) {
        return time == null ? null : time.toEpochMilli();
    }

    public static @Nullable UUID id(@Nullable String column) {
        return column == null ? null : UUID.fromString(column);
    }

    public static @Nullable Instant instant(@Nullable Object millis) {
        return millis == null ? null : Instant.ofEpochMilli(((Number) millis).longValue());
    }
}
