package dev.afterimage.limits;

import java.io.InputStream;
import java.io.OutputStream;
import org.springframework.stereotype.Component;

/**
 * What requests may do at once that costs memory, room or a thread for long, and how slow their clients may be. Whoever takes a
 * {@link Place} closes it; where there is none, a problem is thrown, and nobody waits.
 */
@Component
public class Limits {

    private final Requester requester;
    private final Pace pace;
    private final Places downloads;
    private final Places staged;
    private final Places imports;
    private final Places events;
    private final Places waits;

    Limits(LimitSettings settings, Requester requester) {
        this.requester = requester;
        pace = new Pace(settings.minRate(), settings.patience());
        downloads = new Places("downloads", settings.downloads(), settings.downloadsPerCaller());
        staged = new Places(
                "dumps, queries, schemas, differences and previews", settings.staged(), settings.stagedPerCaller());
        imports = new Places("imports", settings.imports(), settings.importsPerCaller());
        events = new Places("streams of events", settings.events(), settings.eventsPerCaller());
        waits = new Places("requests that wait", settings.waits(), settings.waitsPerCaller());
    }

    /** A snapshot's file goes to a client. */
    public Place download() {
        return downloads.take(requester.name());
    }

    /** A snapshot is written to the staging directory for one request. */
    public Place staging() {
        return staged.take(requester.name());
    }

    /** A file comes from a client. */
    public Place receiving() {
        return imports.take(requester.name());
    }

    /** A client follows a job, or all that changes. */
    public Place following() {
        return events.take(requester.name());
    }

    /** A request waits for a job's end. */
    public Place waiting() {
        return waits.take(requester.name());
    }

    /** What a client sends. A read throws REQUEST_TOO_SLOW when it sends too little. */
    public InputStream paced(InputStream body) {
        return pace.watched(body);
    }

    /** What a client takes. A write throws REQUEST_TOO_SLOW when it takes too little. */
    public OutputStream paced(OutputStream body) {
        return pace.watched(body);
    }
}
