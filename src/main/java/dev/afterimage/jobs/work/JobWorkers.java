package dev.afterimage.jobs.work;

import dev.afterimage.catalog.home.Node;
import dev.afterimage.copies.Copies;
import dev.afterimage.jobs.queue.Job;
import dev.afterimage.jobs.queue.JobClaims;
import dev.afterimage.jobs.queue.JobFeed;
import dev.afterimage.jobs.queue.JobSettings;
import dev.afterimage.jobs.queue.JobSpec;
import dev.afterimage.jobs.queue.Outcome;
import dev.afterimage.jobs.queue.RunningJob;
import dev.afterimage.jobs.queue.RunningJobs;
import dev.afterimage.lifecycle.RepeatedFailure;
import dev.afterimage.lifecycle.StopTime;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;
import org.springframework.util.FileSystemUtils;

/**
 * The threads that run jobs, as many as {@code afterimage.jobs.workers}. Platform threads: SQLite's native calls would
 * pin virtual ones.
 */
@Component
class JobWorkers implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(JobWorkers.class);

    /** Until a job is looked for that nobody tells of, since only the time had to come. */
    private static final Duration IDLE = Duration.ofSeconds(2);

    private static final Duration TO_NOTICE_THE_END = Duration.ofSeconds(2);

    private final JobClaims claims;
    private final JobRunner runner;
    private final RunningJobs running;
    private final JobSettings settings;
    private final Copies copies;
    private final StopTime stopTime;
    private final Path staging;
    private final RepeatedFailure failure = new RepeatedFailure(log);
    private final Semaphore work = new Semaphore(0);
    private final Semaphore copyWork = new Semaphore(0);
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean stopping = true;

    JobWorkers(
            JobClaims claims,
            JobRunner runner,
            RunningJobs running,
            JobFeed feed,
            JobSettings settings,
            Copies copies,
            StopTime stopTime,
            Node node) {
        this.claims = claims;
        this.runner = runner;
        this.running = running;
        this.settings = settings;
        this.copies = copies;
        this.stopTime = stopTime;
        this.staging = node.staging();
        feed.onClaimable(() -> {
            if (work.availablePermits() < settings.workers()) {
                work.release();
            }
            if (copyWork.availablePermits() < copies.all().size()) {
                copyWork.release();
            }
        });
    }

    /** The home's lock is held, so running jobs found here have no living owner. */
    @Override
    public void start() {
        stopping = false;
        for (var job : claims.recover(false)) {
            log.warn("Job {} was interrupted, it is now {} (attempt {})", job.id(), job.state(), job.attempt());
            settle(job);
        }
        runner.settleEnded();
        threads.clear();
        for (int i = 1; i <= settings.workers(); i++) {
            threads.add(Thread.ofPlatform().name("job-worker-" + i).start(() -> runJobs(claims::claim, work)));
        }
        copies.all()
                .forEach(copy -> threads.add(Thread.ofPlatform()
                        .name("copy-worker-" + copy.name())
                        .start(() -> runJobs(claims::claimCopy, copyWork))));
    }

    private void settle(Job job) {
        try {
            runner.settle(job);
        } catch (RuntimeException e) { // such as a repository on a disk that is not mounted: no reason not to start
            log.warn("What the interrupted job {} left could not be settled", job.id(), e);
        }
    }

    private void runJobs(Supplier<Optional<Job>> claim, Semaphore told) {
        while (!stopping) {
            try {
                var claimed = claim.get();
                failure.worked();
                claimed.ifPresentOrElse(this::runUnderItsName, () -> await(told));
            } catch (Throwable e) { // the catalog failed, or memory: this worker must live on for when it is back
                failure.failed("A worker could not claim or end a job, it tries again", e);
                await(told);
            }
        }
    }

    /** Every line that is logged meanwhile bears the job's id, kind and databases. */
    private void runUnderItsName(Job job) {
        try (var _ = MDC.putCloseable("job", job.id().toString());
                var _ = MDC.putCloseable("kind", job.kind().name());
                var _ = MDC.putCloseable("database", String.join(",", job.databases()))) {
            run(job);
        }
    }

    private void run(Job job) {
        var run = new RunningJob(job, staging.resolve(job.id() + "-" + job.attempt()));
        log.info("Job {} starts: {}{}, attempt {}", job.id(), job.kind(), about(job), job.attempt());
        long started = System.nanoTime();
        running.add(run);
        Outcome outcome;
        try {
            outcome = runner.run(run);
            discard(run.staging());
        } finally {
            running.remove(run); // its lease is then no longer renewed, whatever happened
        }
        boolean ours = end(run, outcome);
        long millis = Duration.ofNanos(System.nanoTime() - started).toMillis();
        log.info("Job {} ends after {} ms: {}{}", job.id(), millis, outcome, ours ? "" : ", but it is no longer ours");
    }

    private static String about(Job job) {
        if (job.spec() instanceof JobSpec.Copy copy) {
            return " to " + copy.copy();
        }
        return job.databases().isEmpty() ? "" : " of " + job.databases();
    }

    private static void discard(Path staging) {
        try {
            FileSystemUtils.deleteRecursively(staging);
        } catch (IOException e) { // the next start clears it; the job's outcome does not depend on it
            log.warn("Staging files could not be deleted: {}", staging, e);
        }
    }

    /** An outcome that is not stored would leave the job RUNNING until the next start, so this does not give up. */
    private boolean end(RunningJob run, Outcome outcome) {
        while (true) {
            try {
                return claims.end(run.job(), outcome, run.progress());
            } catch (RuntimeException e) {
                if (stopping) {
                    throw e; // the next start recovers the job
                }
                failure.failed(
                        "The end of job %s could not be stored, it is tried again"
                                .formatted(run.job().id()),
                        e);
                await(work);
            }
        }
    }

    private static void await(Semaphore told) {
        try {
            told.tryAcquire(IDLE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void stop() {
        stopping = true;
        work.release(settings.workers());
        copyWork.release(copies.all().size());
        join(stopTime.ofGrace());
        running.all().forEach(RunningJob::handBack);
        join(stopTime.atMost(TO_NOTICE_THE_END));
        // A statement or a step inside SQLite may take its time. Its job is handed back all the same: the process ends
        // before that
        // does, and the next start must not count that as a death.
        running.all().forEach(run -> claims.end(run.job(), new Outcome.HandedBack(), null));
    }

    private void join(Duration limit) {
        long until = System.nanoTime() + limit.toNanos();
        for (var thread : threads) {
            try {
                thread.join(Duration.ofNanos(Math.max(1, until - System.nanoTime())));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public boolean isRunning() {
        return !stopping;
    }

    /** Stopped after those that only look now and then: they are quick, and must not wait until the grace is used up. */
    @Override
    public int getPhase() {
        return DEFAULT_PHASE - 1;
    }
}
