package dev.afterimage.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.api.jobs.LatestJob;
import dev.afterimage.jobs.queue.Job;
import dev.afterimage.jobs.queue.JobState;
import java.util.List;
import org.junit.jupiter.api.Test;

/** States of a job that are told in another order than they were. */
class LatestJobTests {

    /** A job that has to wait for a lock, loses its process, goes through two phases, and is cancelled in the second. */
    private static final List<Job> LIFE = List.of(
            ToldJob.queued().job(),
            ToldJob.running().job(),
            ToldJob.running().phase("CAPTURING").job(),
            ToldJob.queued().runAt(5).job(),
            ToldJob.running().runAt(5).job(),
            ToldJob.running().runAt(5).phase("CAPTURING").job(),
            ToldJob.queued().runAt(5).attempt(2).job(),
            ToldJob.running().runAt(5).attempt(2).job(),
            ToldJob.running().runAt(5).attempt(2).phase("CAPTURING").job(),
            ToldJob.running().runAt(5).attempt(2).phase("CAPTURING").pages(10).job(),
            ToldJob.running().runAt(5).attempt(2).phase("CAPTURING").pages(20).job(),
            ToldJob.running().runAt(5).attempt(2).phase("SAVING").job(),
            ToldJob.running().runAt(5).attempt(2).phase("SAVING").pages(5).job(),
            ToldJob.running()
                    .runAt(5)
                    .attempt(2)
                    .phase("SAVING")
                    .pages(5)
                    .cancelled()
                    .job(),
            ToldJob.running()
                    .runAt(5)
                    .attempt(2)
                    .phase("SAVING")
                    .pages(6)
                    .cancelled()
                    .job(),
            ToldJob.in(JobState.CANCELLED).runAt(5).attempt(2).cancelled().job());

    @Test
    void learnInTheOrderOfTheirLifeTakesEach() {
        var latest = new LatestJob();
        for (var job : LIFE) {
            latest.learn(job);
            assertThat(latest.get()).isSameAs(job);
        }
    }

    @Test
    void learnWhenAnOlderStateComesLateKeepsTheNewer() {
        for (int known = 1; known < LIFE.size(); known++) {
            for (int late = 0; late < known; late++) {
                var latest = new LatestJob();
                LIFE.subList(0, known + 1).forEach(latest::learn);
                latest.learn(LIFE.get(late));
                assertThat(latest.get()).as("%d after %d", late, known).isSameAs(LIFE.get(known));
            }
        }
    }

    @Test
    void learnWhenStatesWereMissedTakesTheNewerOne() {
        for (int known = 0; known < LIFE.size(); known++) {
            for (int next = known + 1; next < LIFE.size(); next++) {
                var latest = new LatestJob();
                latest.learn(LIFE.get(known));
                latest.learn(LIFE.get(next));
                assertThat(latest.get()).as("%d after %d", next, known).isSameAs(LIFE.get(next));
            }
        }
    }

    @Test
    void learnWhenJobHasEndedTakesNothingMore() {
        var latest = new LatestJob();
        var ended = ToldJob.in(JobState.SUCCEEDED).job();
        latest.learn(ended);
        latest.learn(ToldJob.running().attempt(3).runAt(99).job());
        assertThat(latest.get()).isSameAs(ended);
    }
}
