package dev.afterimage.retention;

import dev.afterimage.catalog.Catalog;
import dev.afterimage.lifecycle.PeriodicThread;
import dev.afterimage.lifecycle.PeriodicWork;
import dev.afterimage.repository.Repository;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * What the repository takes, from day to day. The storage keeps count of what it stores, and lists its objects once after a start; so nobody
 * who asks waits for a walk through them.
 */
@Component
public class RepositoryGrowth extends PeriodicWork {

    private static final Duration EVERY = Duration.ofHours(1);
    private static final Duration FIRST = Duration.ofMinutes(1);

    /** Days, of which each has a row: by the clock all would go when it is far ahead once. */
    private static final int KEPT = 2 * 366;

    /** When somebody asks, it is counted anew after this, or later, so that counting takes a fiftieth of the time at most. */
    private static final Duration HOLDS = Duration.ofSeconds(30);

    private static final int REST_AFTER_COUNT = 50;

    /**
     * What was found.
     *
     * @param bytes on the storage
     * @param freeBytes the rest of the quota, or of the disk
     * @param logicalBytes of the files that downloads of all snapshots would give
     * @param databases that are registered
     */
    public record Counted(
            LocalDate day,
            Instant countedAt,
            long bytes,
            long freeBytes,
            long snapshots,
            long logicalBytes,
            long databases) {}

    private final Catalog catalog;
    private final Repository repository;
    private final Clock clock;
    private final AtomicBoolean wanted = new AtomicBoolean();
    private volatile @Nullable PeriodicThread thread;
    private volatile @Nullable Counted last;
    private volatile Duration holds = HOLDS;

    RepositoryGrowth(Catalog catalog, Repository repository, Clock clock) {
        super("repository-growth");
        this.catalog = catalog;
        this.repository = repository;
        this.clock = clock;
    }

    @Override
    protected void begin(PeriodicThread begun) {
        thread = begun;
        begun.every(EVERY, FIRST, this::count);
    }

    @Override
    protected void end(PeriodicThread ended) {
        thread = null;
        super.end(ended);
    }

    /** As it was counted last; empty before the first time. Has it counted anew when that was long ago, and does not wait for it. */
    public Optional<Counted> latest() {
        var counted = last;
        if (counted == null || clock.instant().isAfter(counted.countedAt().plus(holds))) {
            countSoon();
        }
        return Optional.ofNullable(counted).or(() -> newestRow());
    }

    private void countSoon() {
        var present = thread;
        if (present != null && wanted.compareAndSet(false, true)) {
            present.once(Duration.ZERO, () -> {
                wanted.set(false);
                count();
            });
        }
    }

    /** @throws dev.afterimage.storage.StorageException when the storage cannot be read; what was counted before stays */
    void count() {
        long begun = System.nanoTime();
        var now = Instant.ofEpochMilli(clock.millis());
        var counted = counted(now);
        write(counted);
        forget();
        last = counted;
        var took = Duration.ofNanos(System.nanoTime() - begun).multipliedBy(REST_AFTER_COUNT);
        holds = took.compareTo(HOLDS) > 0 ? took : HOLDS;
    }

    private Counted counted(Instant now) {
        long bytes = repository.usedBytes();
        long free = repository.freeBytes();
        return catalog.query("""
                        SELECT count(*) AS snapshots, coalesce(sum(page_size * page_count), 0) AS logical_bytes,
                            (SELECT count(*) FROM database WHERE removed_at IS NULL) AS databases
                        FROM snapshot WHERE deleted_at IS NULL
                        """)
                .query((row, number) -> new Counted(
                        LocalDate.ofInstant(now, ZoneOffset.UTC),
                        now,
                        bytes,
                        free,
                        row.getLong("snapshots"),
                        row.getLong("logical_bytes"),
                        row.getLong("databases")))
                .single();
    }

    private void write(Counted counted) {
        catalog.update("""
                        INSERT INTO usage_day (day, counted_at, bytes, free_bytes, snapshots, logical_bytes, databases)
                        VALUES (:day, :countedAt, :bytes, :freeBytes, :snapshots, :logicalBytes, :databases)
                        ON CONFLICT (day) DO UPDATE SET counted_at = excluded.counted_at, bytes = excluded.bytes,
                            free_bytes = excluded.free_bytes, snapshots = excluded.snapshots,
                            logical_bytes = excluded.logical_bytes, databases = excluded.databases
                        """)
                .param("day", counted.day().toString())
                .param("countedAt", counted.countedAt().toEpochMilli())
                .param("bytes", counted.bytes())
                .param("freeBytes", counted.freeBytes())
                .param("snapshots", counted.snapshots())
                .param("logicalBytes", counted.logicalBytes())
                .param("databases", counted.databases())
                .update();
    }

    private void forget() {
        catalog.update(
                        "DELETE FROM usage_day WHERE day <= (SELECT day FROM usage_day ORDER BY day DESC LIMIT 1 OFFSET :kept)")
                .param("kept", KEPT)
                .update();
    }

    private Optional<Counted> newestRow() {
        return catalog.query("SELECT * FROM usage_day WHERE day <= :today ORDER BY day DESC LIMIT 1")
                .param("today", today().toString())
                .query(RepositoryGrowth::row)
                .optional();
    }

    /** The last days, a row for each on which it was counted, oldest first. */
    public List<Counted> days(int days) {
        var today = today();
        return catalog.query("SELECT * FROM usage_day WHERE day BETWEEN :first AND :today ORDER BY day")
                .param("first", today.minusDays(days - 1L).toString())
                .param("today", today.toString())
                .query(RepositoryGrowth::row)
                .list();
    }

    /** Days that have not come were counted while the clock was ahead. */
    private LocalDate today() {
        return LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
    }

    private static Counted row(ResultSet row, int number) throws SQLException {
        return new Counted(
                LocalDate.parse(row.getString("day")),
                Instant.ofEpochMilli(row.getLong("counted_at")),
                row.getLong("bytes"),
                row.getLong("free_bytes"),
                row.getLong("snapshots"),
                row.getLong("logical_bytes"),
                row.getLong("databases"));
    }
}
