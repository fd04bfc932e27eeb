package dev.afterimage.backup;

import dev.afterimage.catalog.databases.HotJournalSettings;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.capture.WalLimit;
import dev.afterimage.sqlite.live.CaptureOptions;
import dev.afterimage.sqlite.live.HotJournals;
import dev.afterimage.sqlite.live.Steps;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** How considerate captures are: as a plan says, else as it is configured. */
@Component
class CaptureLimits {

    private final CaptureSettings settings;
    private final HotJournals hotJournals;
    private final Clock clock;

    CaptureLimits(CaptureSettings settings, HotJournalSettings hotJournals, Clock clock) {
        this.settings = settings;
        this.hotJournals = HotJournals.settled(hotJournals.settleUnseen());
        this.clock = clock;
    }

    CaptureOptions options(Duration patience, long maxBytesPerSecond) {
        return options(patience, maxBytesPerSecond, Steps.USUAL);
    }

    CaptureOptions options(Duration patience, long maxBytesPerSecond, Steps steps) {
        return new CaptureOptions(patience, maxBytesPerSecond, steps, hotJournals, clock);
    }

    /**
     * Progress through which a capture is ended when a WAL grows too much.
     *
     * @param sources all that are pinned at once
     * @param maxWalBytes what the plan says; null for nothing
     */
    PageProgress watching(List<Path> sources, @Nullable Long maxWalBytes, PageProgress progress) {
        var configured = settings.maxWalBytes();
        if (maxWalBytes != null) {
            return WalLimit.on(sources, maxWalBytes, progress);
        }
        return configured == null ? progress : WalLimit.on(sources, configured.toBytes(), progress);
    }
}
