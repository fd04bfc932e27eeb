package dev.afterimage.api.databases;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.api.ApiTest;
import dev.afterimage.sqlite.LiveApplication;
import dev.afterimage.sqlite.OtherProcess;
import dev.afterimage.sqlite.SampleDatabases;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class LiveDatabaseTests extends ApiTest {

    private Path registered(String journalMode) {
        var file = SampleDatabases.accounts(ROOT.resolve(name + ".db"), journalMode);
        register(file);
        return file;
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void holdersTellsWhoHasItOpenAndLocked() {
        var file = registered("WAL");
        try (var application = OtherProcess.start(LiveApplication.class, "hold", file, "IMMEDIATE")) {
            application.awaitLine("holding");

            var answer = http.get("/databases/" + name + "/holders");

            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.json().get("nextCursor").isNull()).isTrue();
            assertThat(answer.json().get("items")).singleElement().satisfies(holder -> {
                assertThat(holder.get("pid").asLong()).isEqualTo(application.pid());
                assertThat(holder.get("command").asString()).contains("java");
                assertThat(holder.get("user").asString()).isEqualTo(System.getProperty("user.name"));
                assertThat(holder.get("self").asBoolean()).isFalse();
                assertThat(holder.get("files"))
                        .extracting(held -> held.asString())
                        .isEqualTo(List.of(name + ".db", name + ".db-shm", name + ".db-wal"));
                assertThat(holder.get("locks"))
                        .extracting(lock -> lock.asString())
                        .contains("WAL_WRITE");
            });
        }
        assertThat(http.get("/databases/" + name + "/holders").json().get("items"))
                .isEmpty();
    }

    @Test
    void holdersWhenTheDatabaseIsNotRegisteredIsRefused() {
        assertProblem(http.get("/databases/none/holders"), 404, "DATABASE_NOT_FOUND");
    }

    @Test
    void methodsTellsWhatEachWouldMean() {
        registered("DELETE");

        var answer = http.get("/databases/" + name + "/methods");

        assertThat(answer.status()).isEqualTo(200);
        var auto = answer.json().get("auto");
        assertThat(auto.get("method").asString()).isEqualTo("SCAN");
        assertThat(auto.get("reason").asString()).contains("SCAN");
        assertThat(auto.get("problem").isNull()).isTrue();
        var methods = answer.json().get("methods");
        assertThat(methods)
                .extracting(method -> method.get("method").asString())
                .containsExactly("SCAN", "ONLINE", "LOCKED_COPY", "VACUUM", "FILESYSTEM_SNAPSHOT");
        assertThat(methods.get(0).get("possible").asBoolean()).isTrue();
        assertThat(methods.get(0).get("lock").asString()).isEqualTo("READ");
        assertThat(methods.get(0).get("writersWait").asBoolean()).isTrue();
        assertThat(methods.get(0).get("lockHeld").get("basis").asString()).isEqualTo("ESTIMATED");
        var frozen = methods.get(4);
        assertThat(frozen.get("possible").asBoolean()).isFalse();
        assertThat(frozen.get("problem").get("code").asString()).isEqualTo("METHOD_NOT_POSSIBLE");
        assertThat(frozen.get("lock").isNull()).isTrue();
    }

    @Test
    void checkpointWritesTheWalsPages() throws Exception {
        var file = registered("WAL");
        try (var application = OtherProcess.start(LiveApplication.class, "write-wal", file)) {
            application.awaitLine("written");

            var passive = http.post("/databases/" + name + "/checkpoint", "").json();
            var truncate = http.post("/databases/" + name + "/checkpoint", "{\"mode\": \"TRUNCATE\"}")
                    .json();

            assertThat(passive.get("journalMode").asString()).isEqualTo("WAL");
            assertThat(passive.get("busy").asBoolean()).isFalse();
            assertThat(passive.get("walFrames").asLong()).isPositive();
            assertThat(passive.get("checkpointedFrames")).isEqualTo(passive.get("walFrames"));
            assertThat(truncate.get("walFrames").asLong()).isZero();
            assertThat(Files.size(Path.of(file + "-wal"))).isZero();
        }
    }

    @Test
    void checkpointWhenAWriterIsInTheWayAnswersBusy() {
        var file = registered("WAL");
        try (var application = OtherProcess.start(LiveApplication.class, "hold", file, "IMMEDIATE")) {
            application.awaitLine("holding");

            var answer =
                    http.post("/databases/" + name + "/checkpoint", "{\"mode\": \"RESTART\", \"patience\": \"100ms\"}");

            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.json().get("busy").asBoolean()).isTrue();
        }
    }

    @Test
    void checkpointWhenThereIsNoWalDoesNothing() {
        registered("DELETE");

        var answer = http.post("/databases/" + name + "/checkpoint", "{\"mode\": \"FULL\"}");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.json().get("journalMode").asString()).isEqualTo("ROLLBACK");
        assertThat(answer.json().get("walFrames").asLong()).isZero();
    }

    @Test
    void checkpointWhenTheRequestIsWrongIsRefused() {
        registered("WAL");
        var path = "/databases/" + name + "/checkpoint";

        assertInvalid(http.post(path, "{\"mode\": \"ALL\"}"), "mode");
        assertInvalid(http.post(path, "{\"patience\": \"61s\"}"), "patience");
        assertInvalid(http.post(path, "{\"patience\": \"PT-1S\"}"), "patience");
        assertProblem(http.post("/databases/none/checkpoint", "{}"), 404, "DATABASE_NOT_FOUND");
    }

    @Test
    void checkpointWhenTheFileIsGoneIsRefused() throws Exception {
        Files.delete(registered("DELETE"));

        assertProblem(http.post("/databases/" + name + "/checkpoint", "{}"), 422, "SOURCE_UNREADABLE");
    }
}
