package dev.afterimage.follow;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.util.unit.DataSize;

/**
 * Where commits wait that the repository has not got yet.
 *
 * @param spool {@code afterimage.follow.spool}: their directory; default {@code spool} in the home. Pages lie in it in clear
 * @param maxSpool {@code afterimage.follow.max-spool}: how much may wait there in all, and half of that of one database; default 4 GB. Then
 *     following stops until there is room, and commits may be missed
 */
@ConfigurationProperties("afterimage.follow")
record FollowSettings(@Nullable Path spool, DataSize maxSpool) {

    private static final DataSize USUAL = DataSize.ofGigabytes(4);

    FollowSettings(@Nullable Path spool, @Nullable DataSize maxSpool) {
        this.spool = spool;
        this.maxSpool = maxSpool == null ? USUAL : maxSpool;
        if (this.maxSpool.toBytes() <= 0) {
            throw new IllegalArgumentException("afterimage.follow.max-spool must be more than 0: " + maxSpool);
        }
    }
}
