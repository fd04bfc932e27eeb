package dev.afterimage.sqlite.capture;

import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.live.DatabaseFacts;
import dev.afterimage.sqlite.live.SourceException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Progress of captures that ends them when a WAL grows too much meanwhile. While a capture has a state pinned, no checkpoint can begin the
 * WAL anew, so it grows with each commit; once the capture has ended, the application's next checkpoint can.
 *
 * <p>Only growth counts: a WAL file keeps its size when it is begun anew, so one that was large before says nothing.
 */
public final class WalLimit implements PageProgress {

    private final List<Path> sources;
    private final long maxBytes;
    private final PageProgress progress;

    /**
     * @param sources all database files that are pinned at once, symbolic links resolved
     * @param maxBytes how large a WAL may get
     * @param progress hears what this hears
     */
    public static PageProgress on(List<Path> sources, long maxBytes, PageProgress progress) {
        return new WalLimit(List.copyOf(sources), maxBytes, progress);
    }

    private WalLimit(List<Path> sources, long maxBytes, PageProgress progress) {
        this.sources = sources;
        this.maxBytes = maxBytes;
        this.progress = progress;
    }

    @Override
    public void pages(long done, long total) {
        progress.pages(done, total);
    }

    /** What is captured of one database may be ended by the WAL of another that is pinned too. */
    @Override
    public PageProgress about(String subject) {
        return new WalLimit(sources, maxBytes, progress.about(subject));
    }

    /** In all other phases nothing is pinned. */
    @Override
    public PageProgress phase(String name, int pageSize) {
        var inPhase = progress.phase(name, pageSize);
        boolean pinned = name.equals(OnlineCopy.PHASE) || name.equals(Scan.PHASE_WHILE_HELD);
        return pinned ? whilePinned(inPhase) : inPhase;
    }

    private PageProgress whilePinned(PageProgress inPhase) {
        var before =
                sources.stream().collect(Collectors.toMap(Function.identity(), DatabaseFacts::walBytesOf, Math::max));
        return (done, total) -> {
            inPhase.pages(done, total);
            before.forEach(this::requireNotGrown);
        };
    }

    /** @throws SourceException BACKUP_INTERRUPTED if it has, and is too large */
    private void requireNotGrown(Path source, long bytesBefore) {
        long bytes = DatabaseFacts.walBytesOf(source);
        if (bytes > maxBytes && bytes > bytesBefore) {
            throw SourceException.walGrew(source, bytesBefore, bytes, maxBytes);
        }
    }
}
