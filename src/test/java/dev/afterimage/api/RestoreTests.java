package dev.afterimage.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Restores as they are asked for: what is refused at once, and what is done. */
class RestoreTests extends ApiTest {

    private Answer restore(String snapshot, Object target) {
        return http.post(
                "/restores", "{\"snapshot\": \"%s\", \"target\": {\"path\": \"%s\"}}".formatted(snapshot, target));
    }

    private Path target() {
        return ROOT.resolve(name + "-restored.db");
    }

    @Test
    void restoreMakesTheFileOfTheDownload() throws Exception {
        var id = snapshotOfNewDatabase();
        var job = ended(restore(id, target()).json());
        assertThat(job.get("state").asString()).as(job.toString()).isEqualTo("SUCCEEDED");
        assertSameBytes(
                Files.readAllBytes(target()),
                http.get("/snapshots/" + id + "/content").bytes());
    }

    @Test
    void restoreWhenTargetExistsIsRefusedAtOnceAndLeavesIt() throws Exception {
        var id = snapshotOfNewDatabase();
        Files.writeString(target(), "precious");
        assertProblem(restore(id, target()), 409, "TARGET_EXISTS");
        assertThat(target()).hasContent("precious");
        assertThat(http.get("/jobs?kind=RESTORE&database=" + name).json().get("items"))
                .isEmpty();
    }

    @Test
    void restoreWhenTheTargetsWalExistsIsRefused() throws Exception {
        var id = snapshotOfNewDatabase();
        Files.writeString(target().resolveSibling(target().getFileName() + "-wal"), "");
        assertProblem(restore(id, target()), 409, "TARGET_EXISTS");
    }

    @Test
    void restoreWhenTargetIsNotAllowedIsRefused() throws Exception {
        var id = snapshotOfNewDatabase();
        assertProblem(restore(id, OUTSIDE.resolve("restored.db")), 422, "PATH_NOT_ALLOWED");
        assertProblem(restore(id, "restored.db"), 422, "PATH_NOT_ALLOWED");
        assertProblem(restore(id, ROOT + "/../restored.db"), 422, "PATH_NOT_ALLOWED");
        assertProblem(restore(id, ROOT.resolve("no-such-directory/restored.db")), 422, "PATH_NOT_ALLOWED");
        var link = Files.createSymbolicLink(ROOT.resolve(name + "-link"), OUTSIDE);
        assertProblem(restore(id, link.resolve("restored.db")), 422, "PATH_NOT_ALLOWED");
    }

    @Test
    void restoreWhenSnapshotIsUnknownIsRefused() {
        assertProblem(restore("01a1fd78-7ecf-7b0d-aa27-3ad072fbc0dc", target()), 404, "SNAPSHOT_NOT_FOUND");
    }

    @Test
    void restoreWhenSnapshotIsQuarantinedIsRefused() throws Exception {
        register(withBrokenPage(database(name), 20));
        var id = backUp("{}").get("problem").get("snapshotId").asString();
        assertProblem(restore(id, target()), 409, "SNAPSHOT_QUARANTINED");
    }
}
