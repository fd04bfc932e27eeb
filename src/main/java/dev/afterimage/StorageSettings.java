package dev.afterimage;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.util.unit.DataSize;

/**
 * Where the repository is kept: today always in {@code afterimage.home}.
 *
 * @param quota {@code afterimage.storage.quota}: how many bytes the repository may have; unlimited when not given
 */
@ConfigurationProperties("afterimage.storage")
record StorageSettings(@Nullable DataSize quota) {

    /** In bytes, 0 for unlimited. */
    long quotaBytes() {
        return quota == null ? 0 : quota.toBytes();
    }
}
