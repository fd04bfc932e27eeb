package dev.afterimage.api.events;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.access.Caller;
import dev.afterimage.access.Proof;
import dev.afterimage.access.Scope;
import dev.afterimage.catalog.databases.VisibleDatabases;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.springframework.web.servlet.mvc.method.annotation.ResponseBodyEmitter.DataWithMediaType;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/** What a client is sent that is slower than what it is told of. */
class ChangeStreamTests {

    private static final ResyncJson CONNECTED = new ResyncJson(ResyncJson.Reason.CONNECTED);

    private final List<Object> sent = new ArrayList<>();
    private Runnable whileSending = () -> {};
    private final SseEmitter client = new SseEmitter(0L) {
        @Override
        public void send(SseEventBuilder event) {
            whileSending.run();
            event.build().stream()
                    .map(DataWithMediaType::getData)
                    .filter(data -> !(data instanceof String)) // the lines between
                    .forEach(sent::add);
        }
    };
    private final ChangeStream stream = stream(Duration.ofHours(1));

    private ChangeStream stream(Duration lasts) {
        var caller = new Caller("a", "a", Scope.READ, VisibleDatabases.ALL, new Proof.OfToken(UUID.randomUUID()));
        return new ChangeStream(client, caller, CONNECTED, lasts);
    }

    @Test
    void runWhenSomethingChangesAllTheTimeEndsAllTheSame() throws Exception {
        var busy = stream(Duration.ofMillis(50));
        whileSending = () -> busy.show("job", "1", 1);
        var running = Thread.ofPlatform().daemon().start(busy::run);
        running.join(Duration.ofSeconds(20));
        boolean goesOn = running.isAlive();
        busy.close();
        assertThat(goesOn).isFalse();
        assertThat(sent).startsWith(CONNECTED);
    }

    @Test
    void sendBeginsWithResync() throws Exception {
        stream.show("job", "1", 1);

        stream.send(client);

        assertThat(sent).containsExactly(CONNECTED, 1);
    }

    @Test
    void sendHasOfEachThingOnlyTheLastAndNothingTwice() throws Exception {
        stream.show("job", "1", 1);
        stream.show("job", "2", 2);
        stream.show("protection", "1", 3);
        stream.show("job", "1", 4);

        stream.send(client);
        stream.send(client);

        assertThat(sent).containsExactly(CONNECTED, 2, 3, 4);
    }

    @Test
    void sendWhenTooMuchHasChangedSaysSoInstead() throws Exception {
        stream.send(client);
        sent.clear();
        IntStream.range(0, 100 * ChangeStream.MOST_HELD).forEach(number -> stream.show("job", "job " + number, number));

        stream.send(client);

        assertThat(sent.getFirst()).isEqualTo(new ResyncJson(ResyncJson.Reason.TOO_SLOW));
        assertThat(sent).hasSizeLessThanOrEqualTo(1 + ChangeStream.MOST_HELD);
    }
}
