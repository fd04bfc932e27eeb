package dev.afterimage.api.databases;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.afterimage.api.ApiTest;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;

class DiscoveryTests extends ApiTest {

    @Test
    void discoveryTellsOfTheScanAtTheStart() throws Exception {
        await().until(() -> !http.get("/discovery").json().get("finishedAt").isNull());
        var scan = http.get("/discovery").json();
        assertThat(scan.get("found").asLong()).as("nothing is watched").isZero();
        assertThat(scan.get("skipped")).isEmpty();
        register(database(name));
        assertThat(http.get("/databases/" + name).json().get("missingSince").isNull())
                .isTrue();
    }

    @Test
    void candidatesAreDatabasesUnderTheRootsThatNobodyHasRegistered() throws Exception {
        var registered = database(name);
        register(registered);
        var other = database(name + "-other");
        var text = Files.writeString(ROOT.resolve(name + "-text.db"), "no database at all ".repeat(10));
        var removed = database(ROOT.resolve(name + "-removed.sqlite"), "WAL", 1);
        http.post("/databases", "{\"name\": \"%s-removed\", \"path\": \"%s\"}".formatted(name, removed));
        http.delete("/databases/" + name + "-removed");

        var found = http.get("/discovery/candidates").json();

        assertThat(found.get("items"))
                .extracting(item -> item.get("path").asString())
                .contains(other.toString())
                .doesNotContain(registered.toString(), text.toString(), removed.toString());
        assertThat(found.get("all").asBoolean()).isTrue();
    }
}
