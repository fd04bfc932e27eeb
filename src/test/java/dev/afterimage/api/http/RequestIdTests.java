package dev.afterimage.api.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.LogListener;
import dev.afterimage.api.ApiTest;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RequestIdTests extends ApiTest {

    @RegisterExtension
    final LogListener log = LogListener.of(ProblemAnswers.class.getName());

    @Test
    void theRequestsIdIsInTheLogAndInTheAnswer() {
        var id = "deploy-" + name;

        var answer = http.get("//test/defect", "X-Request-Id", id);

        assertThat(answer.header("X-Request-Id")).isEqualTo(id);
        assertThat(log.heard())
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
