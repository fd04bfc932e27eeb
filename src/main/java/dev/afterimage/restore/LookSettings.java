package dev.afterimage.restore;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * What looks into snapshots leave behind.
 *
 * @param cache {@code afterimage.looks.cache}: how much the files of snapshots that were looked into may take together in the staging
 *     directory, so that the next look finds them; zero to keep none
 */
@ConfigurationProperties("afterimage.looks")
record LookSettings(@DefaultValue("1GB") DataSize cache) {

    LookSettings {
        if (cache.isNegative()) {
            throw new IllegalArgumentException("afterimage.looks.cache must not be negative: " + cache);
        }
    }
}
