package dev.afterimage.api.events;

import dev.afterimage.access.Caller;
import dev.afterimage.api.http.EventStream;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/**
 * One client that is told of all that changes. Of each thing only how it is at last is held for it; when that becomes too much, all of it goes,
 * and the client is told to look anew.
 */
final class ChangeStream extends EventStream {

    static final int MOST_HELD = 1_000;

    private record Held(String event, Object data) {}

    private final Caller caller;
    private final Map<String, Held> held = new LinkedHashMap<>();
    private @Nullable ResyncJson resync;

    ChangeStream(SseEmitter emitter, Caller caller, ResyncJson first, Duration lasts) {
        super(emitter, lasts);
        this.caller = caller;
        this.resync = first;
        changed();
    }

    Caller caller() {
        return caller;
    }

    /**
     * Does not block.
     *
     * @param thing what it is about: what was to be sent of it before is not sent any more
     */
    void show(String event, String thing, Object data) {
        synchronized (held) {
            var key = event + " " + thing;
            held.remove(key); // so that it comes last
            held.put(key, new Held(event, data));
            if (held.size() > MOST_HELD) {
                held.clear();
                resync = new ResyncJson(ResyncJson.Reason.TOO_SLOW);
            }
        }
        changed();
    }

    @Override
    protected boolean send(SseEmitter to) throws IOException {
        ResyncJson first;
        List<Held> rest;
        synchronized (held) {
            first = resync;
            rest = List.copyOf(held.values());
            resync = null;
            held.clear();
        }
        if (first != null) {
            to.send(SseEmitter.event().name("resync").data(first));
        }
        for (var one : rest) {
            to.send(SseEmitter.event().name(one.event()).data(one.data()));
        }
        return true;
    }
}
