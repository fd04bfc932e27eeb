package dev.afterimage.jobs.queue;

import dev.afterimage.catalog.home.Reserve;
import dev.afterimage.sqlite.StagingProblem;
import java.io.IOException;
import java.nio.file.Files;
import org.springframework.stereotype.Component;

/** The room in the home that a job needs to begin. */
@Component
public class JobRoom {

    private final Reserve reserve;

    public JobRoom(Reserve reserve) {
        this.reserve = reserve;
    }

    /**
     * Makes the directory for the run's files. While the home's disk is full, a job that frees space has its reserve, and others wait.
     *
     * @throws dev.afterimage.catalog.HomeFullException when it has to wait
     * @throws dev.afterimage.problem.ProblemException STORAGE_UNREACHABLE when the directory cannot be made
     */
    public void take(RunningJob run) {
        if (run.job().spec() instanceof JobSpec.Prune) {
            reserve.giveIfScarce();
        } else {
            reserve.requireRoom();
        }
        try {
            Files.createDirectories(run.staging());
        } catch (IOException e) {
            throw StagingProblem.of(run.staging(), e);
        }
    }
}
