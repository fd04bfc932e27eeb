package dev.afterimage.api.databases;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.afterimage.api.ApiTest;
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
}
