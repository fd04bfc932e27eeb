package dev.afterimage.api.databases;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.afterimage.api.ApiTest;
import dev.afterimage.sqlite.LiveApplication;
import dev.afterimage.sqlite.OtherProcess;
import dev.afterimage.sqlite.SampleDatabases;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;

class WalTests extends ApiTest {

    @Test
    void backupThatMakesTheWalGrowTooMuchIsTriedAgainUntilItsDeadline() {
        var file = SampleDatabases.accounts(ROOT.resolve(name + ".db"), "WAL");
        SampleDatabases.addRandomBytes(file, 4 << 20); // far more than is read before the first pause
        register(file);
        try (var application = OtherProcess.start(LiveApplication.class, "transfer", file)) {
            application.awaitLine("transferring");
            var job = backUp("""
                    {"maxWalBytes": "64KB", "maxBytesPerSecond": "64KB", "deadline": "2s"}
                    """);
            assertThat(job.get("state").asString()).isEqualTo("FAILED");
            assertThat(job.get("problem").get("code").asString()).isEqualTo("BACKUP_INTERRUPTED");
            assertThat(job.get("problem").get("detail").asString()).contains("its WAL grew", "65536 are allowed");
            assertThat(job.get("problem").get("hint").asString()).contains("maxWalBytes");
        }
        assertThat(backUp("{\"maxWalBytes\": \"64KB\"}").get("state").asString())
                .as("nobody writes any more")
                .isEqualTo("SUCCEEDED");
        assertInvalid(http.post("/databases/" + name + "/backups", "{\"maxWalBytes\": 1}"), "maxWalBytes");
    }

    @Test
    void sizeOfTheWalIsAMetric() throws Exception {
        var file = database(name);
        register(file);
        assertThat(http.get("/databases/" + name).json().get("advice")).isEmpty();
        try (var application = open(file)) {
            application.createStatement().execute("UPDATE item SET name = 'in the WAL'");
            long bytes = Files.size(ROOT.resolve(name + ".db-wal"));
            assertThat(bytes).isPositive();
            await().untilAsserted(() -> assertThat(
                            http.get("//actuator/prometheus").text().lines())
                    .anySatisfy(line -> {
                        assertThat(line).startsWith("afterimage_wal_bytes{database=\"" + name + "\"}");
                        assertThat(Double.parseDouble(line.substring(line.indexOf(' '))))
                                .isEqualTo(bytes);
                    }));
        }
    }
}
