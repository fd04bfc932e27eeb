package dev.afterimage.repository;

import dev.afterimage.repository.format.CaptureFacts;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.repository.write.NewSnapshot;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.format.JournalMode;
import dev.afterimage.storage.local.LocalStorage;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Makes a repository of many snapshots of a small database: an hour apart, each with a layer of its own. See bench/README.md. */
final class Recover {

    static void main(String[] arguments) {
        var directory = Path.of(arguments[0]);
        var file = Path.of(arguments[1]);
        int databases = Integer.parseInt(arguments[2]);
        int snapshots = Integer.parseInt(arguments[3]);
        var repository = new Repository(new Vault(new LocalStorage(directory, 0), Clock.systemUTC()), Clock.systemUTC());
        repository.found().identify(UUID.randomUUID());
        for (int database = 0; database < databases; database++) {
            var id = new UUID(0x0197_d0c2_5a00_7000L, 0x8000_0000_0000_0000L + database);
            for (int number = database; number < snapshots; number += databases) {
                var createdAt = Instant.parse("2026-01-01T00:00:00Z").plusSeconds(3600L * (number / databases));
                var snapshotId = new UUID(createdAt.toEpochMilli() << 16 | 0x7000, 0x8000_0000_0000_0000L + number);
                var name = "database-" + database;
                var capture = new CaptureFacts(
                        "SCAN", "AUTO", null, JournalMode.WAL, 0, 0, 0, file.resolveSibling(name + ".db").toString(),
                        "node-1", "3.54.1", List.of(), null, null, null);
                repository.save(
                        file,
                        new NewSnapshot(snapshotId, id, name, createdAt, null, Map.of("team", "shop"), capture),
                        PageProgress.NONE);
            }
        }
    }

    private Recover() {}
}
