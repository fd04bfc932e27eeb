package dev.afterimage.follow;

import dev.afterimage.repository.log.Segments;
import dev.afterimage.sqlite.PageProgress;
import java.nio.file.Path;
import org.springframework.stereotype.Component;

/** Replays the logs in the repository. */
@Component
public class LogStates {

    private final Segments objects;

    LogStates(Segments objects) {
        this.objects = objects;
    }

    /** See {@link LogState#of}. */
    public LogState open(Moment moment, Path staging, PageProgress progress) {
        return LogState.of(moment, objects, staging, progress);
    }

    /** The same also of a moment of which nothing is to be replayed: it has those pages, and none has changed. */
    public LogState open(Moment moment, int pageSize, long pageCount, Path staging) {
        return moment.segments().isEmpty()
                ? LogState.unchanged(pageSize, pageCount, staging)
                : open(moment, staging, PageProgress.NONE);
    }
}
