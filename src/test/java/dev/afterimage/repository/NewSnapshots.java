package dev.afterimage.repository;

import dev.afterimage.repository.format.CaptureFacts;
import dev.afterimage.repository.write.NewSnapshot;
import dev.afterimage.sqlite.format.JournalMode;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** What tests save snapshots as. */
public final class NewSnapshots {

    public static final UUID DATABASE = UUID.fromString("0197d0c2-5a00-7000-8000-00000000000a");

    private NewSnapshots() {}

    public static NewSnapshot any() {
        return of(UUID.randomUUID());
    }

    public static NewSnapshot of(UUID id) {
        return of(DATABASE, id);
    }

    public static NewSnapshot of(UUID databaseId, UUID id) {
        var capture = new CaptureFacts(
                "ONLINE",
                "AUTO",
                "a reason",
                JournalMode.WAL,
                12,
                4152,
                0,
                "/srv/shop/orders.db",
                "node-1",
                "3.54.1",
                List.of("a note"),
                null,
                null,
                null,
                null);
        return new NewSnapshot(
                id,
                databaseId,
                "orders",
                Instant.parse("2026-03-01T02:03:04.567Z"),
                null,
                Map.of("why", "before \"checksum\" : \"migration\""),
                capture);
    }
}
