package dev.afterimage.notify;

import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.springframework.stereotype.Component;

/** Sends the heartbeats that are due, one after the other. */
@Component
class HeartbeatRound {

    /** Who listens for heartbeats wants them in time: one that is hours late says nothing. */
    private static final int MOST_ATTEMPTS = 4;

    private final Heartbeats heartbeats;
    private final HttpRequests requests;

    HeartbeatRound(Heartbeats heartbeats, HttpRequests requests) {
        this.heartbeats = heartbeats;
        this.requests = requests;
    }

    /** A host that fails once is left alone for the rest of the round: others must not wait for its timeouts. */
    void run() {
        var failing = new HashSet<String>();
        for (var heartbeat : heartbeats.due()) {
            if (Thread.currentThread().isInterrupted()) {
                return;
            }
            var host = heartbeat.url().getAuthority();
            if (!failing.contains(host) && !attempt(heartbeat)) {
                failing.add(host);
            }
        }
    }

    private boolean attempt(Heartbeat heartbeat) {
        var request = new HttpGet(heartbeat.url());
        request.setHeader("User-Agent", "Afterimage");
        var reply = requests.send(request);
        if (reply.delivered()) {
            heartbeats.delivered(heartbeat, reply);
        } else if (!Thread.currentThread().isInterrupted()) { // else the attempt was cut off, and does not count
            int attempts = heartbeat.attempts() + 1;
            double random = ThreadLocalRandom.current().nextDouble();
            var wait = attempts < MOST_ATTEMPTS ? RetryTimes.after(attempts, random) : Optional.<Duration>empty();
            heartbeats.failed(heartbeat, reply, wait);
        }
        return reply.delivered();
    }
}
