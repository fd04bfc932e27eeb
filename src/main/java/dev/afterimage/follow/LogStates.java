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
}
