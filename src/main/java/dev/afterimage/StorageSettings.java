package dev.afterimage;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.util.unit.DataSize;

/**
 * Where the repository is kept: today always in {@code afterimage.home}.
 *
 * @param quota {@code afterimage.storage.quota}: how many bytes the repository may have; unlimited when not given
 * @param sweepGrace {@code afterimage.storage.sweep-grace}: how long a layer that no manifest names is kept, zero or
 *     more; a day when not given
 */
@ConfigurationProperties("afterimage.storage")
record StorageSettings(@Nullable DataSize quota, Duration sweepGrace) {

    StorageSettings(@Nullable DataSize quota, @Nullable Duration sweepGrace) {
        this.quota = quota;
        this.sweepGrace = sweepGrace == null ? Duration.ofDays(1) : sweepGrace;
        if (this.sweepGrace.isNegative()) {
            throw new IllegalArgumentException("afterimage.storage.sweep-grace is negative: " + sweepGrace);
        }
    }

    /** In bytes, 0 for unlimited. */
    long quotaBytes() {
        return quota == null ? 0 : quota.toBytes();
    }
}
