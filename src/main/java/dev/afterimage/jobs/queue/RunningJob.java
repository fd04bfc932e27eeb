package dev.afterimage.jobs.queue;

import dev.afterimage.problem.Problem;
import dev.afterimage.sqlite.PageProgress;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A job while it runs here: the use case reports pages to it, and learns from it, by a {@link CancellationException},
 * that it must stop.
 */
public final class RunningJob implements PageProgress {

    private enum Stop {
        NO,
        CANCELLED,
        HANDED_BACK
    }

    private record Phase(String name, int pageSize, long startedNanos) {}

    private record Pages(long done, long total) {}

    private final Job job;
    private final Path staging;
    private final Map<String, Object> facts = new ConcurrentHashMap<>();
    private volatile @Nullable Phase phase;
    private volatile @Nullable Pages pages;
    private volatile Stop stop = Stop.NO;
    private volatile Consumer<String> phases = name -> {};

    public RunningJob(Job job, Path staging) {
        this.job = job;
        this.staging = staging;
    }

    public Job job() {
        return job;
    }

    /** Has the problem tell it too, should the run end by one: what is known only while it runs. */
    public void note(String name, Object fact) {
        facts.put(name, fact);
    }

    /** A problem that it has met, with what was noted. */
    public Problem told(Problem problem) {
        var all = new HashMap<>(facts);
        all.putAll(problem.properties());
        return new Problem(problem.code(), problem.detail(), problem.hint(), problem.retryable(), all);
    }

    /** The directory for this run's files; deleted when it ends. */
    public Path staging() {
        return staging;
    }

    /** Tells the name of each phase that begins from now on. */
    public void onPhase(Consumer<String> listener) {
        phases = listener;
    }

    @Override
    public PageProgress phase(String name, int pageSize) {
        pages = null;
        phase = new Phase(name, pageSize, System.nanoTime());
        phases.accept(name);
        throwIfStopped();
        return this;
    }

    @Override
    public void pages(long done, long total) {
        pages = new Pages(done, total);
        throwIfStopped();
    }

    /** @throws CancellationException when it must stop */
    public void throwIfStopped() {
        if (stop != Stop.NO) {
            throw new CancellationException("job " + job.id() + " was told to stop");
        }
    }

    @Nullable
    public String phaseName() {
        var now = phase;
        return now == null ? null : now.name();
    }

    @Nullable
    public Progress progress() {
        var inPhase = phase;
        var reported = pages;
        return inPhase == null || reported == null
                ? null
                : Progress.of(
                        reported.done(),
                        reported.total(),
                        inPhase.pageSize(),
                        System.nanoTime() - inPhase.startedNanos());
    }

    public void cancel() {
        stop = Stop.CANCELLED;
    }

    /** Stop, to be run again later. A cancellation that came first stands. */
    public void handBack() {
        if (stop == Stop.NO) {
            stop = Stop.HANDED_BACK;
        }
    }

    /** How a run ends that stopped because it was told to. */
    public Outcome stopped() {
        return switch (Objects.requireNonNull(stop)) {
            case NO -> throw new IllegalStateException("job " + job.id() + " stopped without being told to");
            case CANCELLED -> new Outcome.Cancelled();
            case HANDED_BACK -> new Outcome.HandedBack();
        };
    }
}
