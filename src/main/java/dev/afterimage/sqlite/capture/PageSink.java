package dev.afterimage.sqlite.capture;

import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.PageSource;

/** What a capture hands the pages to. */
@FunctionalInterface
public interface PageSink {

    /**
     * Reads the pages, all of them or those it wants, and returns when it needs the source no more.
     *
     * @param progress to be told of pages read, in order; may throw to stop, and may wait to limit the speed
     */
    void take(PageSource pages, PageProgress progress);
}
