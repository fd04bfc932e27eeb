package dev.afterimage.api.events;

import static java.util.stream.Collectors.toMap;
import static java.util.stream.Collectors.toSet;

import dev.afterimage.access.Caller;
import dev.afterimage.access.Callers;
import dev.afterimage.api.http.EventStream;
import dev.afterimage.api.jobs.JobJson;
import dev.afterimage.api.jobs.JobWatch;
import dev.afterimage.catalog.databases.Databases;
import dev.afterimage.catalog.databases.VisibleDatabases;
import dev.afterimage.follow.Followers;
import dev.afterimage.jobs.queue.JobFeed;
import dev.afterimage.jobs.queue.Jobs;
import dev.afterimage.lifecycle.PeriodicThread;
import dev.afterimage.limits.Limits;
import dev.afterimage.protection.RecentProtections;
import dev.afterimage.protection.RecentProtections.Seen;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/**
 * Tells those who look of all that changes: one thread reads what has changed once, and shows it to all for whom it exists. While nobody
 * looks, nothing is read.
 */
@Component
class EventWatch implements SmartLifecycle {

    private static final long NO_TIMEOUT = 0;

    /** Databases become stale by time alone, and nothing tells of what becomes of following. */
    private static final Duration LOOK = Duration.ofSeconds(5);

    /** A burst of changes to one job is read once. */
    private static final Duration TOGETHER = Duration.ofMillis(50);

    private final Jobs jobs;
    private final Databases databases;
    private final RecentProtections protections;
    private final Followers followers;
    private final Limits limits;
    private final Callers callers;
    private final Set<ChangeStream> streams = ConcurrentHashMap.newKeySet();
    private final Set<UUID> toRead = ConcurrentHashMap.newKeySet();
    private volatile @Nullable PeriodicThread thread;

    /** Names of the databases that exist for those who look, as they were told last, or seen when somebody began to look. */
    private final Map<VisibleDatabases, Set<String>> registered = new ConcurrentHashMap<>();

    /** As it was told last, or seen when somebody began to look. Of the thread alone. */
    private Map<String, FollowingChangeJson> followed = Map.of();

    EventWatch(
            Jobs jobs,
            Databases databases,
            RecentProtections protections,
            Followers followers,
            Limits limits,
            Callers callers,
            JobFeed feed) {
        this.jobs = jobs;
        this.databases = databases;
        this.protections = protections;
        this.followers = followers;
        this.limits = limits;
        this.callers = callers;
        feed.onChange(this::jobChanged);
        protections.onChange(changes -> whileWatched(Duration.ZERO, () -> show(changes)));
    }

    /**
     * Starts to tell somebody of changes, for as long as the caller is accepted.
     *
     * @throws dev.afterimage.problem.ProblemException TOO_MANY_REQUESTS when too many are told already
     */
    SseEmitter tell(Caller caller, Duration lasts) {
        var place = limits.following();
        var emitter = new SseEmitter(NO_TIMEOUT);
        var stream = new ChangeStream(emitter, caller, new ResyncJson(ResyncJson.Reason.CONNECTED), lasts);
        streams.add(stream);
        registered.computeIfAbsent(
                caller.visible(), databases::names); // before the client hears that it is told of changes
        if (thread == null) {
            stream.close();
        }
        Thread.ofVirtual().name("events").start(() -> {
            try (place) {
                stream.run();
            } finally {
                streams.remove(stream);
            }
        });
        return emitter;
    }

    /** @return whether it will be done */
    private boolean whileWatched(Duration after, Runnable work) {
        var present = thread;
        if (present == null || streams.isEmpty()) {
            return false;
        }
        present.once(after, work);
        return true;
    }

    private void jobChanged(UUID id) {
        if (toRead.add(id) && !whileWatched(TOGETHER, () -> showJob(id))) {
            toRead.remove(id); // else who begins to look now would never hear of it
        }
    }

    private void showJob(UUID id) {
        toRead.remove(id); // before it is read: what changes from here on is read once more
        var all = jobs.find(id).map(JobJson::of);
        all.ifPresent(job -> showTo(
                "job", id.toString(), job, visible -> jobs.find(id, visible).isPresent()));
    }

    private void show(List<Seen> changes) {
        var names = namesOfLimited();
        changes.forEach(seen -> {
            var database = seen.protection().database();
            showTo("protection", database, ProtectionChangeJson.of(seen), exists(database, names));
        });
    }

    /** What exists for whom, asked once of all who see the same. */
    private Map<VisibleDatabases, Set<String>> namesOfLimited() {
        return streams.stream()
                .map(stream -> stream.caller().visible())
                .filter(VisibleDatabases::limited)
                .distinct()
                .collect(toMap(Function.identity(), databases::names));
    }

    private static Predicate<VisibleDatabases> exists(String database, Map<VisibleDatabases, Set<String>> names) {
        return visible -> names.getOrDefault(visible, Set.of()).contains(database);
    }

    private void showTo(String event, String thing, Object data, Predicate<VisibleDatabases> exists) {
        var answers = new HashMap<VisibleDatabases, Boolean>();
        for (var stream : streams) {
            var visible = stream.caller().visible();
            if (!visible.limited() || answers.computeIfAbsent(visible, exists::test)) {
                stream.show(event, thing, data);
            }
        }
    }

    private void look() {
        if (streams.isEmpty()) {
            followed = Map.of();
            return;
        }
        lookAtRegistered();
        protections.all(VisibleDatabases.ALL); // tells of what has changed
        lookAtFollowed();
    }

    private void lookAtRegistered() {
        var looking = streams.stream().map(stream -> stream.caller().visible()).collect(toSet());
        registered.keySet().retainAll(looking);
        looking.forEach(visible -> {
            var now = databases.names(visible);
            var before = Objects.requireNonNullElse(registered.put(visible, now), now);
            changes(before, now)
                    .forEach(change -> streams.stream()
                            .filter(stream -> stream.caller().visible().equals(visible))
                            .forEach(stream -> stream.show("database", change.database(), change)));
        });
    }

    private static List<RegistrationChangeJson> changes(Set<String> before, Set<String> now) {
        return Stream.concat(
                        before.stream()
                                .filter(name -> !now.contains(name))
                                .map(name -> new RegistrationChangeJson(name, false)),
                        now.stream()
                                .filter(name -> !before.contains(name))
                                .map(name -> new RegistrationChangeJson(name, true)))
                .toList();
    }

    private void lookAtFollowed() {
        var now = followers.standings().entrySet().stream()
                .collect(toMap(Map.Entry::getKey, one -> FollowingChangeJson.of(one.getKey(), one.getValue())));
        var before = followed;
        followed = now;
        var all = new HashSet<>(now.keySet());
        all.addAll(before.keySet());
        var names = namesOfLimited();
        for (var database : all) {
            var change = now.getOrDefault(database, FollowingChangeJson.of(database, null));
            if (!change.equals(before.get(database))) {
                showTo("follow", database, change, exists(database, names));
            }
        }
    }

    /** Ends the streams of those who would not be let in any more. */
    void refuseUnaccepted() {
        var unaccepted = streams.stream()
                .map(ChangeStream::caller)
                .distinct()
                .filter(caller -> !callers.accepts(caller))
                .collect(toSet());
        streams.stream().filter(stream -> unaccepted.contains(stream.caller())).forEach(EventStream::close);
    }

    @Override
    public void start() {
        var started = new PeriodicThread("event-watch");
        started.every(EventStream.KEEP_ALIVE, this::refuseUnaccepted);
        started.every(LOOK, this::look);
        thread = started;
    }

    /** Clients come again. */
    @Override
    public void stop() {
        var stopped = thread;
        thread = null;
        if (stopped != null) {
            stopped.interrupt();
        }
        streams.forEach(EventStream::close);
    }

    @Override
    public boolean isRunning() {
        return thread != null;
    }

    @Override
    public int getPhase() {
        return JobWatch.PHASE;
    }
}
