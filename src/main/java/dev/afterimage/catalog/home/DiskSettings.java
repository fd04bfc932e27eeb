package dev.afterimage.catalog.home;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.util.unit.DataSize;

/**
 * What is kept free on the disks of the service.
 *
 * @param reserve {@code afterimage.disk.reserve}: bytes of the file {@code reserve} in the home, which are given up so that space can be freed
 *     when the disk is full; 0 for none; 8 MB when not given
 * @param low {@code afterimage.disk.low}: with less room on the disk of the home or of the repository the service is not well
 *     ({@code /actuator/health}); 0 for never; 64 MB when not given
 */
@ConfigurationProperties("afterimage.disk")
public record DiskSettings(DataSize reserve, DataSize low) {

    public DiskSettings(@Nullable DataSize reserve, @Nullable DataSize low) {
        this.reserve = reserve == null ? DataSize.ofMegabytes(8) : reserve;
        this.low = low == null ? DataSize.ofMegabytes(64) : low;
        if (this.reserve.isNegative() || this.low.isNegative()) {
            throw new IllegalArgumentException("afterimage.disk.reserve and afterimage.disk.low must not be negative");
        }
    }
}
