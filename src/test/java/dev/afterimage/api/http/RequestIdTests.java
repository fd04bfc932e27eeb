package dev.afterimage.api.http;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.afterimage.api.ApiTest;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

class RequestIdTests extends ApiTest {

    private final Logger logger = (Logger) LoggerFactory.getLogger(ProblemAnswers.class);
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();

    @BeforeEach
    void listen() {
        log.start();
        logger.addAppender(log);
    }

    @AfterEach
    void stopListening() {
        logger.detachAppender(log);
    }

    @Test
    void theRequestsIdIsInTheLogAndInTheAnswer() {
        var id = "deploy-" + name;

        var answer = http.get("//test/defect", "X-Request-Id", id);

        assertThat(answer.header("X-Request-Id")).isEqualTo(id);
        assertThat(log.list)
                .anySatisfy(event -> assertThat(event.getMDCPropertyMap()).containsEntry("request", id));
    }

    @Test
    void aRequestWithoutAnIdGetsANewOne() {
        var answers = new String[] {requestId(), requestId()};

        assertThat(answers)
                .doesNotHaveDuplicates()
                .allSatisfy(id -> assertThat(UUID.fromString(id)).isNotNull());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "two words", "a\"b", "<script>"})
    void anIdThatIsNotFitForALogIsReplaced(String id) {
        assertThat(requestId("X-Request-Id", id)).isNotEqualTo(id).hasSize(36);
    }

    @Test
    void anAnswerThatWasWaitedForBearsItToo() throws Exception {
        try (var application = lockedDatabase()) {
            var job = http.post("/databases/" + name + "/backups", "").json();
            var path = "/jobs/" + job.get("id").asString() + "?wait=1s";
            assertThat(http.get(path, "X-Request-Id", "waiting").header("X-Request-Id"))
                    .isEqualTo("waiting");
            application.createStatement().execute("ROLLBACK");
            ended(job);
        }
    }

    private String requestId(String... headers) {
        return http.get("/databases", headers).header("X-Request-Id");
    }
}
