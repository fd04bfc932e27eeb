package dev.afterimage.jobs.queue;

import dev.afterimage.catalog.Catalog;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;

/** Whether callers may let more jobs wait. */
final class QueueRoom {

    static final String OF_CALLER = "SELECT count(*) FROM job WHERE state = 'QUEUED' AND submitter = :submitter";

    static final String OF_ALL = "SELECT count(*) FROM job WHERE state = 'QUEUED' AND submitter IS NOT NULL";

    private final Catalog catalog;
    private final QueueSettings settings;

    QueueRoom(Catalog catalog, QueueSettings settings) {
        this.catalog = catalog;
        this.settings = settings;
    }

    /**
     * Within the transaction that submits a job.
     *
     * @throws ProblemException TOO_MANY_REQUESTS when as many wait as one caller may have
     * @throws ProblemException SERVICE_BUSY when as many wait as all callers may have
     */
    void require(String submitter) {
        if (count(OF_CALLER, submitter) >= settings.queuedPerCaller()) {
            throw new ProblemException(Problem.of(
                    ProblemCode.TOO_MANY_REQUESTS,
                    "%d jobs that you submitted are QUEUED, and no more may".formatted(settings.queuedPerCaller())));
        }
        if (count(OF_ALL, submitter) >= settings.queued()) {
            throw new ProblemException(Problem.of(
                    ProblemCode.SERVICE_BUSY, "%d jobs are QUEUED, and no more may".formatted(settings.queued())));
        }
    }

    private long count(String sql, String submitter) {
        return catalog.queryInTransaction(sql)
                .param("submitter", submitter)
                .query(Long.class)
                .single();
    }
}
