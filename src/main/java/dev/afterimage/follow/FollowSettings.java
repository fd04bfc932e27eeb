package dev.afterimage.follow;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.util.unit.DataSize;

/**
 * Where commits wait that the repository has not got yet.
 *
 * @param spool {@code afterimage.follow.spool}: their directory; default {@code spool} in the home. Pages lie in it in clear
 * @param maxSpool {@code afterimage.follow.max-spool}: how much may wait there in all, and half of that of one database; default 4 GB. Then
 *     following stops until there is room, and commits may be missed
 * @param mergeTo {@code afterimage.follow.merge-to}: how much time a segment has at most that takes the place of the many that the repository gets, from
 *     100 ms; default 1 hour, 0 for never
 * @param keepMerged {@code afterimage.follow.keep-merged}: how long those stay whose place it took, for other processes that read them; default 1 hour
 */
@ConfigurationProperties("afterimage.follow")
record FollowSettings(@Nullable Path spool, DataSize maxSpool, Duration mergeTo, Duration keepMerged) {

    private static final DataSize USUAL = DataSize.ofGigabytes(4);
    private static final Duration HOUR = Duration.ofHours(1);
    private static final Duration SHORTEST = Duration.ofMillis(100);

    FollowSettings(
            @Nullable Path spool,
            @Nullable DataSize maxSpool,
            @Nullable Duration mergeTo,
            @Nullable Duration keepMerged) {
        this.spool = spool;
        this.maxSpool = maxSpool == null ? USUAL : maxSpool;
        if (this.maxSpool.toBytes() <= 0) {
            throw new IllegalArgumentException("afterimage.follow.max-spool must be more than 0: " + maxSpool);
        }
        this.mergeTo = mergeTo == null ? HOUR : mergeTo;
        if (!this.mergeTo.isZero() && this.mergeTo.compareTo(SHORTEST) < 0) {
            throw new IllegalArgumentException("afterimage.follow.merge-to must be 0, or at least 100ms: " + mergeTo);
        }
        this.keepMerged = keepMerged == null ? HOUR : keepMerged;
        if (this.keepMerged.isNegative()) {
            throw new IllegalArgumentException("afterimage.follow.keep-merged must not be below 0: " + keepMerged);
        }
    }
}
