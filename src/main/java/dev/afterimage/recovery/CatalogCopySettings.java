package dev.afterimage.recovery;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * When the catalog is copied into the repository by itself, and how many copies stay.
 *
 * @param every {@code afterimage.catalog-copies.every}: how old the newest copy may become; zero for none by itself; a day when not given
 * @param keep {@code afterimage.catalog-copies.keep}: how many of each kind stay, at least one; 7 when not given
 */
@ConfigurationProperties("afterimage.catalog-copies")
public record CatalogCopySettings(
        @DefaultValue("1d") Duration every,
        @DefaultValue("7") int keep) {

    public CatalogCopySettings {
        if (every.isNegative()) {
            throw new IllegalArgumentException("afterimage.catalog-copies.every is negative: " + every);
        }
        if (keep < 1) {
            throw new IllegalArgumentException("afterimage.catalog-copies.keep is below 1: " + keep);
        }
    }
}
