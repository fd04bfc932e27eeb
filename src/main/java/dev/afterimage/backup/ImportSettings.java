package dev.afterimage.backup;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * What may be imported.
 *
 * @param maxSize {@code afterimage.imports.max-size}: the largest file that is received; at least 1 byte
 */
@ConfigurationProperties("afterimage.imports")
record ImportSettings(@DefaultValue("64GB") DataSize maxSize) {

    ImportSettings {
        if (maxSize.toBytes() < 1) {
            throw new IllegalArgumentException("afterimage.imports.max-size must be at least 1 byte, not " + maxSize);
        }
    }
}
