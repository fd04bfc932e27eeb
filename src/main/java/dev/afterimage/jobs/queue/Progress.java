package dev.afterimage.jobs.queue;

import org.jspecify.annotations.Nullable;

/**
 * How far the present phase of a job is.
 *
 * @param pagesDone in pages
 * @param pagesTotal in pages
 * @param bytesPerSecond mean over the phase
 * @param etaSeconds until the phase ends if it goes on at this speed; null until that can be told
 */
public record Progress(
        long pagesDone,
        long pagesTotal,
        long bytesPerSecond,
        @Nullable Long etaSeconds) {

    static Progress of(long pagesDone, long pagesTotal, int pageSize, long elapsedNanos) {
        double seconds = elapsedNanos / 1e9;
        double pagesPerSecond = seconds > 0 ? pagesDone / seconds : 0;
        Long eta = pagesPerSecond > 0 ? (long) Math.ceil((pagesTotal - pagesDone) / pagesPerSecond) : null;
        return new Progress(pagesDone, pagesTotal, (long) (pagesPerSecond * pageSize), eta);
    }

    /** 0 to 100, one decimal. */
    public double percent() {
        return pagesTotal == 0 ? 100 : Math.floor(1000.0 * pagesDone / pagesTotal) / 10;
    }
}
