package dev.afterimage;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.util.unit.DataSize;

/**
 * Where the repository is kept: today always in {@code afterimage.home}.
 *
 * @param quota {@code afterimage.storage.quota}: how many bytes the repository may have; unlimited when not given
 * @param deleteGrace {@code afterimage.storage.delete-grace}: how long a layer is kept that no snapshot needs any more,
 *     for other processes that read it, or are about to need it: zero or more; zero when not given, since who reads a local file keeps it, and
 *     only one service writes to a local repository
 */
@ConfigurationProperties("afterimage.storage")
record StorageSettings(@Nullable DataSize quota, Duration deleteGrace) {

    StorageSettings(@Nullable DataSize quota, @Nullable Duration deleteGrace) {
        this.quota = quota;
        this.deleteGrace = deleteGrace == null ? Duration.ZERO : deleteGrace;
        if (this.deleteGrace.isNegative()) {
            throw new IllegalArgumentException("afterimage.storage.delete-grace is negative: " + deleteGrace);
        }
    }

    /** In bytes, 0 for unlimited. */
    long quotaBytes() {
        return quota == null ? 0 : quota.toBytes();
    }
}
