package dev.afterimage.api.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.api.Answer;
import dev.afterimage.api.ApiTest;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The same request sent twice makes one job. */
class IdempotencyTests extends ApiTest {

    private final String key = UUID.randomUUID().toString();

    private Answer backUpWithKey(String body) {
        return http.post("/databases/" + name + "/backups", body, "Idempotency-Key", key);
    }

    @Test
    void backupWhenRequestAndKeyAreTheSameAnswersWithTheSameJob() throws Exception {
        register(database(name));
        var first = backUpWithKey("{\"labels\": {\"a\": \"1\", \"b\": \"2\"}}");
        ended(first.json());
        var again = backUpWithKey("{ \"labels\": {\"b\": \"2\", \"a\": \"1\"}, \"verify\": \"AUTO\" }");
        assertThat(again.status()).isEqualTo(202);
        assertThat(again.header("Location")).isEqualTo(first.header("Location"));
        assertThat(again.json().get("state").asString()).isEqualTo("SUCCEEDED");
        assertThat(http.get("/snapshots?database=" + name).json().get("items")).hasSize(1);
    }

    @Test
    void backupWhenBodyIsAnotherIsRefused() throws Exception {
        register(database(name));
        var job = backUpWithKey("").json();
        var answer = backUpWithKey("{\"verify\": \"NONE\"}");
        assertProblem(answer, 422, "IDEMPOTENCY_MISMATCH");
        assertThat(answer.json().get("job").asString()).isEqualTo(job.get("id").asString());
    }

    @Test
    void checkWhenKeyWasUsedForABackupIsRefused() throws Exception {
        register(database(name));
        var snapshot =
                ended(backUpWithKey("").json()).get("result").get("snapshotId").asString();
        assertProblem(
                http.post("/snapshots/" + snapshot + "/checks", "", "Idempotency-Key", key),
                422,
                "IDEMPOTENCY_MISMATCH");
    }

    @Test
    void restoreWhenItHasSucceededAnswersWithTheSameJobAgain() throws Exception {
        var body = "{\"snapshot\": \"%s\", \"target\": {\"path\": \"%s\"}}"
                .formatted(snapshotOfNewDatabase(), ROOT.resolve(name + "-restored.db"));
        var first = ended(http.post("/restores", body, "Idempotency-Key", key).json());
        assertThat(first.get("state").asString()).isEqualTo("SUCCEEDED");
        var again = http.post("/restores", body, "Idempotency-Key", key);
        assertThat(again.status()).as(again.text()).isEqualTo(202);
        assertThat(again.json().get("id").asString()).isEqualTo(first.get("id").asString());
    }

    @Test
    void restoreWhenTheDefaultOfItsSafetySnapshotIsSpelledOutAnswersWithTheSameJob() throws Exception {
        var body = "{\"snapshot\": \"%s\", \"target\": {\"database\": \"%s\", \"mode\": \"REPLACE_LIVE\"}%s}";
        var snapshot = snapshotOfNewDatabase();
        var first = http.post("/restores", body.formatted(snapshot, name, ""), "Idempotency-Key", key);
        assertThat(first.status()).as(first.text()).isEqualTo(202);
        var again = http.post(
                "/restores", body.formatted(snapshot, name, ", \"safetySnapshot\": true"), "Idempotency-Key", key);
        assertThat(again.status()).as(again.text()).isEqualTo(202);
        assertThat(again.header("Location")).isEqualTo(first.header("Location"));
        var without = body.formatted(snapshot, name, ", \"safetySnapshot\": false");
        assertProblem(http.post("/restores", without, "Idempotency-Key", key), 422, "IDEMPOTENCY_MISMATCH");
        ended(first.json());
    }

    @Test
    void backupWhenSentManyTimesAtOnceMakesOneJob() throws Exception {
        register(database(name));
        try (var clients = Executors.newFixedThreadPool(8)) {
            var calls = IntStream.range(0, 16)
                    .<Callable<Answer>>mapToObj(i -> () -> backUpWithKey("{}"))
                    .toList();
            var jobs = clients.invokeAll(calls).stream()
                    .map(answer -> answer.resultNow().json().get("id").asString())
                    .collect(Collectors.toSet());
            assertThat(jobs).hasSize(1);
        }
    }

    @Test
    void backupWhenAnotherCallerUsesTheSameKeyIsAnotherJob() throws Exception {
        register(database(name));
        var job = ended(backUpWithKey("").json());
        var other = token("OPERATE").post("/databases/" + name + "/backups", "", "Idempotency-Key", key);
        assertThat(other.status()).as(other.text()).isEqualTo(202);
        assertThat(other.json().get("id")).isNotEqualTo(job.get("id"));
        assertThat(backUpWithKey("").json().get("id")).isEqualTo(job.get("id"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "with space"})
    void backupWhenKeyIsInvalidIsRefused(String invalid) throws Exception {
        register(database(name));
        assertInvalid(
                http.post("/databases/" + name + "/backups", "{}", "Idempotency-Key", invalid), "Idempotency-Key");
    }

    @Test
    void backupWhenKeyIsTooLongIsRefused() throws Exception {
        register(database(name));
        assertInvalid(
                http.post("/databases/" + name + "/backups", "{}", "Idempotency-Key", "k".repeat(256)),
                "Idempotency-Key");
    }
}
