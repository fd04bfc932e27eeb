package dev.afterimage.backup;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.util.unit.DataSize;

/**
 * How considerate captures are that say nothing of it themselves.
 *
 * @param maxWalBytes {@code afterimage.captures.max-wal-bytes}: a capture that has a state pinned while the WAL grows above this lets go,
 *     and is tried again; default none
 * @param fullDigestEvery {@code afterimage.captures.full-digest-every}: how long unchanged pages are known by their hashes in the cache of this node
 *     alone, before a capture digests all of them once more; zero to digest them always; default a week
 */
@ConfigurationProperties("afterimage.captures")
record CaptureSettings(@Nullable DataSize maxWalBytes, Duration fullDigestEvery) {

    CaptureSettings(@Nullable DataSize maxWalBytes, @Nullable Duration fullDigestEvery) {
        this.maxWalBytes = maxWalBytes;
        this.fullDigestEvery = fullDigestEvery == null ? Duration.ofDays(7) : fullDigestEvery;
        if (this.fullDigestEvery.isNegative()) {
            throw new IllegalArgumentException("afterimage.captures.full-digest-every is negative: " + fullDigestEvery);
        }
    }
}
