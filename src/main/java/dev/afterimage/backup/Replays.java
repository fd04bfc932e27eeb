package dev.afterimage.backup;

import dev.afterimage.catalog.home.Node;
import dev.afterimage.follow.Moment;
import dev.afterimage.repository.log.Replay;
import dev.afterimage.repository.log.Segments;
import dev.afterimage.sqlite.PageProgress;
import org.springframework.stereotype.Component;

/** Replays the logs in the repository, in the staging directory. */
@Component
class Replays {

    private final Segments objects;
    private final Node node;

    Replays(Segments objects, Node node) {
        this.objects = objects;
        this.node = node;
    }

    /** See {@link Replay#of}. */
    Replay of(Moment moment, PageProgress progress) {
        var span = new Replay.Span(
                moment.databaseId(), moment.stored(), moment.anchor().from(), moment.commit());
        return Replay.of(span, objects, node.staging(), progress);
    }

    /** The same also of a moment of which nothing is to be replayed: it has those pages, and none has changed. */
    Replay of(Moment moment, int pageSize, long pageCount) {
        return moment.segments().isEmpty()
                ? Replay.ofNothing(pageSize, pageCount, node.staging())
                : of(moment, PageProgress.NONE);
    }
}
