package dev.afterimage.api.restores;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.afterimage.api.FollowedApiTest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Restores of moments of databases that are followed, beside them and over them. */
class MomentRestoreTests extends FollowedApiTest {

    private JsonNode restored(String body) {
        var answer = http.post("/restores", body);
        assertThat(answer.status()).as(answer.text()).isEqualTo(202);
        var job = ended(answer.json());
        assertThat(job.get("state").asString()).as(job.toString()).isEqualTo("SUCCEEDED");
        return job.get("result");
    }

    private String toNewFile(Object target, String when) {
        return "{\"database\": \"%s\", %s, \"target\": {\"path\": \"%s\"}}".formatted(name, when, target);
    }

    private String replacing(String mode, String when) {
        return "{%s, \"target\": {\"database\": \"%s\", \"mode\": \"%s\"}}".formatted(when, name, mode);
    }

    private static String commit(long number) {
        return "\"commit\": " + number;
    }

    private long items() throws SQLException {
        try (var statement = application.createStatement();
                var row = statement.executeQuery("SELECT count(*) FROM item")) {
            return row.getLong(1);
        }
    }

    private byte[] content(Then then) {
        return http.get("/snapshots/%s@%d/content".formatted(name, then.commit()))
                .bytes();
    }

    @Test
    void restoreOfAMomentMakesTheFileAsItWasThen() throws Exception {
        var then = commits(3).get(1);
        var byTime = ROOT.resolve(name + "-by-time.db");
        var result =
                restored(toNewFile(byTime, "\"at\": \"%s\"".formatted(then.at().plusMillis(1))));
        assertSameBytes(Files.readAllBytes(byTime), then.file());
        assertThat(result.get("commit").asLong()).isEqualTo(then.commit());
        assertThat(result.get("at").asString()).isEqualTo(then.at().toString());
        var byNumber = ROOT.resolve(name + "-by-number.db");
        restored(toNewFile(byNumber, commit(then.commit())));
        assertSameBytes(Files.readAllBytes(byNumber), then.file());
    }

    @Test
    void restoreWhenNotJustOneStateIsGivenNamesTheField() throws Exception {
        var target = ROOT.resolve(name + "-new.db");
        assertInvalid(http.post("/restores", "{\"target\": {\"path\": \"%s\"}}".formatted(target)), "snapshot");
        assertInvalid(http.post("/restores", toNewFile(target, "\"snapshot\": \"latest\", " + commit(1))), "commit");
        assertInvalid(
                http.post("/restores", toNewFile(target, "\"at\": \"2026-01-31T12:00:00Z\", " + commit(1))), "at");
        assertInvalid(http.post("/restores", toNewFile(target, "\"at\": \"2026-01-31T12:00:00\"")), "at");
        var ofNone = "{\"commit\": 1, \"target\": {\"path\": \"%s\"}}".formatted(target);
        assertInvalid(http.post("/restores", ofNone), "database");
    }

    @Test
    void restoreOfAMomentThatIsNotReachedChangesNothing() throws Exception {
        var last = commits(1).getLast();
        var target = ROOT.resolve(name + "-new.db");
        var refused = http.post("/restores", toNewFile(target, "\"at\": \"2099-01-31T12:00:00Z\""));
        assertProblem(refused, 422, "MOMENT_NOT_REACHABLE");
        assertThat(refused.json().get("before").get("commit").asLong()).isEqualTo(last.commit());
        assertThat(target).doesNotExist();
        var unknown = "{\"database\": \"nobody\", \"commit\": 1, \"target\": {\"path\": \"%s\"}}".formatted(target);
        assertProblem(http.post("/restores", unknown), 404, "DATABASE_NOT_FOUND");
        var stranger = token("OPERATE", "other");
        assertProblem(stranger.post("/restores", toNewFile(target, commit(last.commit()))), 404, "DATABASE_NOT_FOUND");
    }

    @Test
    void dryRunOfAMomentTellsWhatWouldChange() throws Exception {
        var before = commit("DELETE FROM item WHERE id > 150");
        commit("DROP TABLE item");
        var preview =
                token("READ", name).post("/restores?dryRun=true", replacing("REPLACE_LIVE", commit(before.commit())));
        assertThat(preview.status()).as(preview.text()).isEqualTo(200);
        assertThat(preview.json().get("possible").asBoolean())
                .as(preview.text())
                .isTrue();
        assertThat(preview.json().get("difference").toString()).contains("item");
        assertThat(preview.json().get("log").get("commit").asLong()).isEqualTo(before.commit());
    }

    /** The whole of what somebody does who has dropped a table. */
    @Test
    void replaceLiveToJustBeforeATableWasDroppedIsOneCallAndIsUndoneByOne() throws Exception {
        var before = commits(3).getLast();
        var dropped = commit("DROP TABLE item");
        var after = commit("CREATE TABLE other (a)");
        var result = restored(replacing("REPLACE_LIVE", commit(dropped.commit() - 1)));
        assertThat(result.get("commit").asLong()).isEqualTo(before.commit());
        assertThat(items()).isEqualTo(200);
        assertSameBytes(withoutCounters(now(application, file)), withoutCounters(before.file()));

        awaitState(name, "FOLLOWING");
        var later = commit("DELETE FROM item WHERE id <= 10");
        assertSameBytes(content(before), before.file());
        assertSameBytes(content(dropped), dropped.file());
        assertSameBytes(content(after), after.file());
        assertSameBytes(content(later), later.file());

        var undo = result.get("safetySnapshot").asString();
        restored(replacing("REPLACE_LIVE", "\"snapshot\": \"%s\"".formatted(undo)));
        assertSameBytes(withoutCounters(now(application, file)), withoutCounters(after.file()));
        awaitState(name, "FOLLOWING");
        var last = commit("CREATE TABLE third (a)");
        assertSameBytes(content(last), last.file());
        assertSameBytes(content(later), later.file());
    }

    @Test
    void replaceLiveWhileAnApplicationWritesKeepsAllThatItCommitted() throws Exception {
        var before = commits(2).getLast();
        var ended = new AtomicBoolean();
        var failed = new AtomicInteger();
        var written = new AtomicInteger();
        var writer = Thread.ofPlatform().start(() -> {
            try (var connection = open(file);
                    var statement = connection.createStatement()) {
                statement.execute("PRAGMA busy_timeout = 20000");
                while (!ended.get()) {
                    statement.execute("UPDATE item SET note = randomblob(700) WHERE id = 1 + abs(random()) % 200");
                    written.incrementAndGet();
                }
            } catch (SQLException e) {
                failed.incrementAndGet();
            }
        });
        await().until(() -> written.get() > 20);
        var result = restored(replacing("REPLACE_LIVE", commit(before.commit())));
        int then = written.get();
        await().until(() -> written.get() > then + 20 || failed.get() > 0);
        ended.set(true);
        writer.join();
        assertThat(failed).hasValue(0);
        awaitState(name, "FOLLOWING");
        var last = commit("DELETE FROM item WHERE id = 3");
        assertSameBytes(content(last), last.file());
        assertSameBytes(content(before), before.file());
        assertThat(http.get("/snapshots/" + result.get("safetySnapshot").asString())
                        .status())
                .isEqualTo(200);
    }

    @Test
    void replaceFileBeginsANewPartOfTheLogAndTheOldOneStaysRestorable() throws Exception {
        var before = commits(2).getLast();
        var after = commits(1).getLast();
        application.close();
        var old = Files.readAttributes(file, "unix:ino").get("ino");
        var preview = http.post("/restores?dryRun=true", replacing("REPLACE_FILE", commit(before.commit())));
        assertThat(preview.json().get("possible").asBoolean())
                .as(preview.text())
                .isTrue();
        var result = restored(replacing("REPLACE_FILE", commit(before.commit())));
        assertThat(result.get("commit").asLong()).isEqualTo(before.commit());
        assertSameBytes(Files.readAllBytes(file), before.file());
        application = open(file);
        awaitState(name, "FOLLOWING");
        assertThat(openFiles()).doesNotContain(String.valueOf(old));
        backUp("{}");
        var later = commit("DELETE FROM item WHERE id <= 10");
        assertSameBytes(content(later), later.file());
        assertSameBytes(content(after), after.file());
        assertSameBytes(content(before), before.file());
    }

    /** Inodes of all regular files that this process has open in the directory of databases. */
    private static java.util.List<String> openFiles() throws Exception {
        try (var descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors
                    .filter(descriptor -> {
                        try {
                            return Files.readSymbolicLink(descriptor).startsWith(ROOT);
                        } catch (java.io.IOException e) {
                            return false;
                        }
                    })
                    .map(descriptor -> {
                        try {
                            return String.valueOf(
                                    Files.readAttributes(descriptor, "unix:ino").get("ino"));
                        } catch (java.io.IOException e) {
                            return "";
                        }
                    })
                    .toList();
        }
    }

    @Test
    void severalDatabasesAreBroughtBackToOneMomentByOneJob() throws Exception {
        var otherName = name + "-other";
        var otherFile = database(ROOT.resolve(otherName + ".db"), "WAL", 100);
        http.post("/databases", "{\"name\": \"%s\", \"path\": \"%s\"}".formatted(otherName, otherFile));
        follow(otherName);
        ended(http.post("/databases/" + otherName + "/backups", "{\"method\": \"SCAN\"}")
                .json());
        try (var other = open(otherFile)) {
            var first = commits(1).getFirst();
            var second = commit(other, otherName, otherFile, "UPDATE item SET name = 'then' WHERE id = 1");
            commit("DROP TABLE item");
            commit(other, otherName, otherFile, "DROP TABLE item");

            var body = "{\"databases\": [\"%s\", \"%s\"], \"at\": \"%s\", \"mode\": \"REPLACE_LIVE\"}"
                    .formatted(name, otherName, second.at().plusMillis(1));
            assertInvalid(http.post("/restores/moment", body.replace(", \"mode\": \"REPLACE_LIVE\"", "")), "mode");
            assertThat(http.get("/jobs?kind=GROUP_RESTORE&database=" + name)
                            .json()
                            .get("items"))
                    .isEmpty();
            assertThat(http.post("/restores/moment?dryRun=true", body).status()).isEqualTo(200);
            var job = ended(http.post("/restores/moment", body).json());
            assertThat(job.get("state").asString()).as(job.toString()).isEqualTo("SUCCEEDED");
            assertThat(job.get("result")
                            .get("restored")
                            .valueStream()
                            .map(one -> one.get("commit").asLong()))
                    .containsExactlyInAnyOrder(first.commit(), second.commit());
            assertSameBytes(withoutCounters(now(application, file)), withoutCounters(first.file()));
            assertSameBytes(withoutCounters(now(other, otherFile)), withoutCounters(second.file()));
        } finally {
            http.delete("/databases/" + otherName + "/follow");
        }
    }

    @Test
    void severalDatabasesOfWhichOneCannotBeHadThenStayAsTheyAre() throws Exception {
        var then = commits(1).getLast();
        var otherName = name + "-other";
        var otherFile = database(ROOT.resolve(otherName + ".db"), "WAL", 100);
        http.post("/databases", "{\"name\": \"%s\", \"path\": \"%s\"}".formatted(otherName, otherFile));
        var body = "{\"databases\": [\"%s\", \"%s\"], \"at\": \"%s\"}".formatted(name, otherName, then.at());
        assertProblem(http.post("/restores/moment", body), 422, "MOMENT_NOT_REACHABLE");
        assertInvalid(http.post("/restores/moment", body.replace("Z\"", "\"")), "at");
        assertInvalid(
                http.post("/restores/moment", "{\"databases\": [], \"at\": \"%s\"}".formatted(then.at())), "databases");
    }
}
