package dev.afterimage.jobs.work;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.TestClock;
import dev.afterimage.catalog.TestCatalog;
import dev.afterimage.hook.HookSettings;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BackupHooksTests {

    @TempDir
    Path dir;

    @Test
    void withoutDatabaseNamesThoseThatWouldNeverRun() {
        var clock = new TestClock();
        try (var catalog = new TestCatalog(dir.resolve("home"), dir, clock)) {
            catalog.databases.add("orders", dir.resolve("orders.db"), Map.of());
            catalog.databases.remove(catalog.databases.add("removed", dir.resolve("removed.db"), Map.of()));
            var none = new HookSettings.OfDatabase(null, null, null);
            var settings = new HookSettings(Map.of("orders", none, "removed", none, "my.db", none));
            var owed = new OwedHooks(catalog.catalog, catalog.node, clock);
            var after = new AfterHooks(settings, catalog.databases, owed, clock);
            var hooks = new BackupHooks(settings, catalog.databases, owed, after);
            assertThat(hooks.withoutDatabase()).containsExactly("my.db", "removed");
        }
    }
}
