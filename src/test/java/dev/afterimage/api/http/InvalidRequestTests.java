package dev.afterimage.api.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.api.ApiTest;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Requests that are not what they must be: 400 with the field's name, and nothing changes. */
class InvalidRequestTests extends ApiTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "no json|''",
                "''|''",
                "null|''",
                "[]|''",
                "\"text\"|''",
                "{\"name\": \"a\", \"path\": \"/a\"} {}|''",
                "{\"name\": \"a\", \"name\": \"b\", \"path\": \"/a\"}|''",
                "{\"path\": \"/a\"}|name",
                "{\"name\": \"a\"}|path",
                "{\"name\": null, \"path\": \"/a\"}|name",
                "{\"name\": 1, \"path\": \"/a\"}|name",
                "{\"name\": true, \"path\": \"/a\"}|name",
                "{\"name\": [\"a\"], \"path\": \"/a\"}|name",
                "{\"name\": \"UPPER\", \"path\": \"/a\"}|name",
                "{\"name\": \"a/b\", \"path\": \"/a\"}|name",
                "{\"name\": \"a\", \"path\": \"\"}|path",
                "{\"name\": \"a\", \"path\": \"/a\", \"more\": 1}|more",
                "{\"name\": \"a\", \"path\": \"/a\", \"labels\": []}|labels",
                "{\"name\": \"a\", \"path\": \"/a\", \"labels\": {\"k\": 1}}|labels.k",
                "{\"name\": \"a\", \"path\": \"/a\", \"labels\": {\"k\": null}}|labels",
                "{\"name\": \"a\", \"path\": \"/a\", \"labels\": {\"-k\": \"v\"}}|labels",
                "{\"name\": \"a\", \"path\": \"/a\", \"labels\": {\"\": \"v\"}}|labels",
            })
    void registerWhenBodyIsInvalidNamesTheField(String body, String field) {
        assertInvalid(http.post("/databases", body), field);
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /databases?livE=true, livE",
        "GET, /jobs?database=a&states=QUEUED, states",
        "GET, /snapshots?page=2, page",
        "DELETE, /snapshots/0197d0c2-5a00-7000-8000-000000000001?froce=true, froce",
        "POST, /restores?dryrun=true, dryrun",
        "PUT, /schedule?cron=x, cron"
    })
    void requestWhenAQueryParameterIsUnknownNamesIt(String method, String path, String parameter) {
        assertInvalid(http.send(method, path, "{}"), parameter);
    }

    /** Conversion takes a blank value for none, and the first of two for the one that is meant. */
    @ParameterizedTest
    @CsvSource({
        "POST, /restores?dryRun, dryRun",
        "POST, /restores?dryRun=, dryRun",
        "POST, /restores?dryRun=%20+%09, dryRun",
        "POST, /restores?dryRun=false&dryRun=true, dryRun",
        "POST, /groups/0197d0c2-5a00-7000-8000-000000000001/restores?dryRun, dryRun",
        "DELETE, /snapshots/0197d0c2-5a00-7000-8000-000000000001?force, force",
        "GET, /jobs?limit=, limit",
        "GET, /jobs?state=, state",
        "GET, /jobs?kind=%20, kind",
        "GET, /jobs?kind=BACKUP&kind=RESTORE, kind",
        "GET, /snapshots?verification=, verification",
        "GET, /snapshots?from=&to=, from",
        "GET, /snapshots?label=a&label=b, label",
        "GET, /audit?cursor=, cursor"
    })
    void requestWhenAQueryParameterIsBlankOrRepeatedNamesIt(String method, String path, String parameter) {
        assertInvalid(http.send(method, path, "{}"), parameter);
    }

    static Stream<Arguments> absurdSizes() {
        var manyLabels = IntStream.rangeClosed(1, 33).mapToObj(i -> "\"k%d\": \"v\"".formatted(i));
        return Stream.of(
                Arguments.of("name", "{\"name\": \"%s\", \"path\": \"/a\"}".formatted("a".repeat(64))),
                Arguments.of("path", "{\"name\": \"a\", \"path\": \"/%s\"}".formatted("a".repeat(4096))),
                labels("\"%s\": \"v\"".formatted("k".repeat(64))),
                labels("\"k\": \"%s\"".formatted("v".repeat(257))),
                labels(manyLabels.collect(Collectors.joining(", "))),
                Arguments.of("", "[".repeat(10_000)),
                Arguments.of("", "{\"name\": " + "9".repeat(5_000) + "}"));
    }

    private static Arguments labels(String labels) {
        return Arguments.of("labels", "{\"name\": \"a\", \"path\": \"/a\", \"labels\": {%s}}".formatted(labels));
    }

    @ParameterizedTest
    @MethodSource("absurdSizes")
    void registerWhenSizesAreAbsurdIsRefused(String field, String body) {
        assertInvalid(http.post("/databases", body), field);
    }

    @Test
    void registerWhenBodyIsNoJsonTellsWhereAndNothingOfTheParser() {
        var problem = http.post("/databases", "{\"name\": \"orders\", \"path\": \"/srv/shop")
                .json();

        assertThat(problem.get("errors").get(0).get("message").asString())
                .startsWith("is not JSON: Unexpected end-of-input")
                .contains("line 1")
                .doesNotContain("Source", "REDACTED");
        assertThat(http.post("/databases", "{\"name\": \"orders\"").text()).doesNotContain("Source");
    }

    @Test
    void registerWhenBodyIsLargerThanTheLimitIsRefused() {
        var body = "{\"name\": \"a\", \"path\": \"%s\"}".formatted("a".repeat(1024 * 1024));
        assertProblem(http.post("/databases", body), 413, "REQUEST_TOO_LARGE");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"method\": \"online\"}|method",
                "{\"method\": 0}|method",
                "{\"verify\": \"ALL\"}|verify",
                "{\"priority\": \"URGENT\"}|priority",
                "{\"deadline\": 30}|deadline",
                "{\"deadline\": \"30\"}|deadline",
                "{\"deadline\": \"soon\"}|deadline",
                "{\"deadline\": \"-30s\"}|deadline",
                "{\"deadline\": \"PT-30S\"}|deadline",
                "{\"deadline\": \"0s\"}|deadline",
                "{\"deadline\": \"25h\"}|deadline",
                "{\"deadline\": \"999999999d\"}|deadline",
                "{\"maxBytesPerSecond\": 65535}|maxBytesPerSecond",
                "{\"maxBytesPerSecond\": \"1KB\"}|maxBytesPerSecond",
                "{\"maxBytesPerSecond\": \"fast\"}|maxBytesPerSecond",
                "{\"maxBytesPerSecond\": -1}|maxBytesPerSecond",
                "{\"maxBytesPerSecond\": 70000.5}|maxBytesPerSecond",
                "{\"maxBytesPerSecond\": true}|maxBytesPerSecond",
                "{\"maxBytesPerSecond\": 99999999999999999999}|maxBytesPerSecond",
                "{\"maxBytesPerSecond\": \"99999999999GB\"}|maxBytesPerSecond",
                "{\"snapshotId\": \"x\"}|snapshotId",
            })
    void backupWhenBodyIsInvalidNamesTheFieldAndMakesNoJob(String body, String field) throws Exception {
        register(database(name));
        assertInvalid(http.post("/databases/" + name + "/backups", body), field);
        assertThat(http.get("/jobs?database=" + name).json().get("items")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{}|target",
                "{\"target\": {\"path\": \"/a\"}}|snapshot",
                "{\"snapshot\": 1, \"target\": {\"path\": \"/a\"}}|snapshot",
                "{\"snapshot\": \"AaH9eH7Pew2qJzrQcvvA3A==\", \"target\": {\"path\": \"/a\"}}|snapshot",
                "{\"snapshot\": \"1\", \"target\": {\"path\": \"/a\"}}|snapshot",
                "{\"snapshot\": \"01a1fd78-7ecf-7b0d-aa27-3ad072fbc0dc\"}|target",
                "{\"snapshot\": \"01a1fd78-7ecf-7b0d-aa27-3ad072fbc0dc\", \"target\": \"/a\"}|target",
                "{\"snapshot\": \"01a1fd78-7ecf-7b0d-aa27-3ad072fbc0dc\", \"target\": {\"path\": \"\"}}|target.path",
                "{\"snapshot\": \"01a1fd78-7ecf-7b0d-aa27-3ad072fbc0dc\","
                        + " \"target\": {\"path\": \"/a\", \"mode\": \"REPLACE_ALL\"}}|target.mode",
            })
    void restoreWhenBodyIsInvalidNamesTheField(String body, String field) {
        assertInvalid(http.post("/restores", body), field);
    }

    @Test
    void restoreWhenModeIsNotThereTellsWhichIs() {
        var answer = http.post(
                "/restores",
                "{\"snapshot\": \"01a1fd78-7ecf-7b0d-aa27-3ad072fbc0dc\","
                        + " \"target\": {\"path\": \"/a\", \"mode\": \"REPLACE_ALL\"}}");
        assertThat(answer.json().get("errors").get(0).get("message").asString())
                .isEqualTo("must be one of NEW_FILE, REPLACE_LIVE, REPLACE_FILE");
    }

    @ParameterizedTest
    @CsvSource({
        "/snapshots/1, id",
        "/snapshots/1-1-1-1-1, id",
        "/jobs/1-1-1-1-1, id",
        "/jobs/1-1-1-1-0000000000000000000000000001, id",
        "/snapshots?cursor=MS0xLTEtMS0x, cursor",
        "/jobs/not-an-id, id",
        "/snapshots?limit=0, limit",
        "/snapshots?limit=501, limit",
        "/snapshots?limit=many, limit",
        "/snapshots?cursor=!, cursor",
        "/snapshots?cursor=bm90LWFuLWlk, cursor",
        "/snapshots?verification=passed, verification",
        "/snapshots?from=yesterday, from",
        "/snapshots?to=noon, to",
        "/snapshots?to=1, to",
        "/snapshots?from=%2B1000000000-12-31T23:59:59Z, from",
        "/snapshots?from=1969-12-31T23:59:59Z, from",
        "/snapshots?to=9999-12-31T23:59:59-01:00, to",
        "/snapshots?to=2026-01-31, to",
        "/snapshots?to=2026-02-30T00:00:00Z, to",
        "/jobs?limit=501, limit",
        "/jobs?state=DONE, state",
        "/jobs?kind=backup, kind",
        "/jobs?cursor=..., cursor",
        "/databases?limit=-1, limit",
        "/databases?live=maybe, live",
        "/jobs/01a1fd78-7ecf-7b0d-aa27-3ad072fbc0dc?wait=11m, wait",
        "/jobs/01a1fd78-7ecf-7b0d-aa27-3ad072fbc0dc?wait=-1s, wait",
        "/jobs/01a1fd78-7ecf-7b0d-aa27-3ad072fbc0dc?wait=30, wait",
        "/snapshots/01a1fd78-7ecf-7b0d-aa27-3ad072fbc0dc/content?allowDamaged=perhaps, allowDamaged",
    })
    void getWhenAParameterIsInvalidNamesIt(String path, String parameter) {
        assertInvalid(http.get(path), parameter);
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /databases/unknown, DATABASE_NOT_FOUND",
        "PATCH, /databases/unknown, DATABASE_NOT_FOUND",
        "DELETE, /databases/unknown, DATABASE_NOT_FOUND",
        "POST, /databases/unknown/backups, DATABASE_NOT_FOUND",
        "GET, /databases/unknown/snapshots, DATABASE_NOT_FOUND",
        "GET, /snapshots/01a1fd78-7ecf-7b0d-aa27-3ad072fbc0dc, SNAPSHOT_NOT_FOUND",
        "PATCH, /snapshots/01a1fd78-7ecf-7b0d-aa27-3ad072fbc0dc, SNAPSHOT_NOT_FOUND",
        "DELETE, /snapshots/01a1fd78-7ecf-7b0d-aa27-3ad072fbc0dc, SNAPSHOT_NOT_FOUND",
        "GET, /snapshots/01a1fd78-7ecf-7b0d-aa27-3ad072fbc0dc/content, SNAPSHOT_NOT_FOUND",
        "GET, /snapshots/01a1fd78-7ecf-7b0d-aa27-3ad072fbc0dc/checks, SNAPSHOT_NOT_FOUND",
        "POST, /snapshots/01a1fd78-7ecf-7b0d-aa27-3ad072fbc0dc/checks, SNAPSHOT_NOT_FOUND",
        "GET, /jobs/01a1fd78-7ecf-7b0d-aa27-3ad072fbc0dc, JOB_NOT_FOUND",
        "GET, /jobs/01a1fd78-7ecf-7b0d-aa27-3ad072fbc0dc?wait=30s, JOB_NOT_FOUND",
        "GET, /jobs/01a1fd78-7ecf-7b0d-aa27-3ad072fbc0dc/events, JOB_NOT_FOUND",
        "POST, /jobs/01a1fd78-7ecf-7b0d-aa27-3ad072fbc0dc/cancel, JOB_NOT_FOUND",
    })
    void anyOperationWhenWhatItNamesIsUnknownAnswersNotFound(String method, String path, String code) {
        assertProblem(http.send(method, path, method.startsWith("P") ? "{}" : ""), 404, code);
    }
}
