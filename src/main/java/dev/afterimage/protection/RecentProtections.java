package dev.afterimage.protection;

import static java.util.stream.Collectors.toSet;

import dev.afterimage.catalog.Catalog;
import dev.afterimage.catalog.Columns;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.databases.Databases;
import dev.afterimage.catalog.databases.VisibleDatabases;
import dev.afterimage.jobs.queue.Job;
import dev.afterimage.jobs.queue.JobFeed;
import dev.afterimage.lifecycle.PeriodicThread;
import dev.afterimage.lifecycle.PeriodicWork;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.RowCallbackHandler;
import org.springframework.stereotype.Component;

/**
 * How well the databases were protected at the last look, seconds ago, half a minute at most, and since when: for those who look often, or at all
 * of them. Databases whose jobs have ended are looked at soon afterwards, all of them when somebody asks, and for the metrics.
 */
@Component
public class RecentProtections extends PeriodicWork {

    /** With ten thousand databases a look at all takes long enough that it is not repeated as soon as that. */
    static final Duration HOLDS = Duration.ofSeconds(2);

    /** So that looks take a twentieth of one core, however many ask. */
    private static final int REST_AFTER_LOOK = 20;

    /** However long they take on a busy machine. */
    private static final Duration LONGEST = Duration.ofSeconds(30);

    /** What ends together is looked at together. */
    private static final Duration AFTER_JOBS = Duration.ofMillis(100);

    /**
     * A database.
     *
     * @param since when it was first seen as well protected as this
     */
    public record Seen(DatabaseProtection protection, Instant since) {}

    /**
     * Of databases, by name.
     *
     * @param at when all of them were looked at; some may have been since
     */
    public record Look(Instant at, List<Seen> databases) {}

    private record Since(Protection protection, Instant at) {}

    private final Catalog catalog;
    private final Databases databases;
    private final Protections protections;
    private final Clock clock;
    private final List<Consumer<List<Seen>>> listeners = new CopyOnWriteArrayList<>();
    private final Set<String> ended = ConcurrentHashMap.newKeySet();
    private volatile @Nullable PeriodicThread thread;

    private final TreeMap<String, Seen> seen = new TreeMap<>();
    private @Nullable Map<String, Since> known;
    private Instant lookedAt = Instant.MIN;
    private long validUntilNanos;

    RecentProtections(Catalog catalog, Databases databases, Protections protections, JobFeed jobs, Clock clock) {
        super("protection-looks");
        this.catalog = catalog;
        this.databases = databases;
        this.protections = protections;
        this.clock = clock;
        jobs.onEnd(this::ended);
    }

    @Override
    protected void begin(PeriodicThread begun) {
        thread = begun;
    }

    @Override
    protected void end(PeriodicThread ended) {
        thread = null;
        super.end(ended);
    }

    /** The listener hears of databases that became better or worse protected, after it is known since when; it must be quick. */
    public void onChange(Consumer<List<Seen>> listener) {
        listeners.add(listener);
    }

    /** Of the databases that exist for somebody. */
    public Look all(VisibleDatabases visible) {
        var names = databases.names(visible);
        List<Seen> found;
        Instant at;
        List<Seen> changes = List.of();
        synchronized (this) {
            if (System.nanoTime() - validUntilNanos >= 0 || !seen.keySet().containsAll(names)) {
                changes = lookNow();
            }
            found = seen.values().stream()
                    .filter(one -> names.contains(one.protection().database()))
                    .toList();
            at = lookedAt;
        }
        tell(changes);
        return new Look(at, found);
    }

    /** Looks at all of them, and returns what was found. */
    List<DatabaseProtection> look() {
        List<Seen> changes;
        List<DatabaseProtection> found;
        synchronized (this) {
            changes = lookNow();
            found = seen.values().stream().map(Seen::protection).toList();
        }
        tell(changes);
        return found;
    }

    private List<Seen> lookNow() {
        long begun = System.nanoTime();
        var now = clock.instant();
        var found = protections.all();
        seen.keySet().retainAll(found.stream().map(DatabaseProtection::database).collect(toSet()));
        var changes = take(found, now);
        forgetOthers();
        lookedAt = now;
        long end = System.nanoTime();
        validUntilNanos = end + Math.clamp(REST_AFTER_LOOK * (end - begun), HOLDS.toNanos(), LONGEST.toNanos());
        return changes;
    }

    private void ended(Job job) {
        var present = thread;
        if (present != null && !job.databases().isEmpty() && ended.addAll(job.databases())) {
            present.once(AFTER_JOBS, this::lookAtEnded);
        }
    }

    private void lookAtEnded() {
        var names = List.copyOf(ended);
        names.forEach(ended::remove); // before they are looked at: what ends from here on is looked at once more
        var concerned =
                names.stream().flatMap(name -> databases.find(name).stream()).toList();
        if (!concerned.isEmpty()) {
            tell(look(concerned));
        }
    }

    private synchronized List<Seen> look(List<Database> concerned) {
        return take(protections.of(concerned).values(), clock.instant());
    }

    /** Crash order: since when it is so is written first; who dies before it is told tells nobody, and all clients ask anew. */
    private List<Seen> take(Collection<DatabaseProtection> found, Instant now) {
        var before = known();
        var at = Instant.ofEpochMilli(now.toEpochMilli());
        var changed = new HashMap<String, Since>();
        var changes = new ArrayList<Seen>();
        for (var protection : found) {
            var since = before.get(protection.database());
            if (since != null && since.protection() == protection.protection()) {
                seen.put(protection.database(), new Seen(protection, since.at()));
            } else {
                var one = new Seen(protection, at);
                seen.put(protection.database(), one);
                changed.put(protection.database(), new Since(protection.protection(), at));
                changes.add(one);
            }
        }
        if (!changed.isEmpty()) {
            catalog.inTransaction(() -> {
                changed.forEach(this::write);
                return changed.size();
            });
            before.putAll(changed);
        }
        return changes;
    }

    private Map<String, Since> known() {
        var read = known;
        if (read == null) {
            var all = new HashMap<String, Since>();
            catalog.query("SELECT * FROM protection_since").query((RowCallbackHandler) row -> all.put(
                    row.getString("database_name"),
                    new Since(
                            Columns.readOr(Protection.UNPROTECTED, row.getString("protection"), Protection::valueOf),
                            Instant.ofEpochMilli(row.getLong("since")))));
            known = read = all;
        }
        return read;
    }

    private void write(String database, Since since) {
        catalog.update("""
                        INSERT INTO protection_since (database_name, protection, since) VALUES (:name, :protection, :since)
                        ON CONFLICT (database_name) DO UPDATE SET protection = excluded.protection, since = excluded.since
                        """)
                .param("name", database)
                .param("protection", since.protection().name())
                .param("since", since.at().toEpochMilli())
                .update();
    }

    private void forgetOthers() {
        var gone = known().keySet().stream()
                .filter(name -> !seen.containsKey(name))
                .toList();
        if (!gone.isEmpty()) {
            catalog.update("DELETE FROM protection_since WHERE database_name IN (SELECT value FROM json_each(:gone))")
                    .param("gone", catalog.toJson(gone))
                    .update();
            gone.forEach(known()::remove);
        }
    }

    private void tell(List<Seen> changes) {
        if (!changes.isEmpty()) {
            listeners.forEach(listener -> listener.accept(changes));
        }
    }
}
