package dev.afterimage.access;

import dev.afterimage.catalog.TestCatalog;
import dev.afterimage.catalog.databases.VisibleDatabases;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;

/** What the package is made of, on a real catalog in a directory of a test. */
final class TestAccess implements AutoCloseable {

    final TestCatalog catalog;
    final AdminTokenFile file;
    final Tokens tokens;
    final Sessions sessions;
    final Audit audit;
    final RepeatedRefusals refusals;

    TestAccess(Path directory, Clock clock) {
        this(directory, clock, 1_000_000);
    }

    TestAccess(Path directory, Clock clock, long maxRows) {
        var remembered = new AccessSettings.AuditSettings(Duration.ofDays(400), maxRows);
        var session = new AccessSettings.SessionSettings(Duration.ofHours(12), Duration.ofDays(7));
        var settings = new AccessSettings(null, remembered, session, null);
        catalog = new TestCatalog(directory.resolve("home"), directory, clock);
        file = new AdminTokenFile(settings, catalog.node, catalog.paths);
        tokens = new Tokens(catalog.catalog, file, clock);
        sessions = new Sessions(catalog.catalog, tokens, settings, clock);
        audit = new Audit(catalog.catalog, settings, clock);
        refusals = new RepeatedRefusals(audit, clock);
    }

    Tokens.Made token(Scope scope) {
        return tokens.add("somebody", scope, VisibleDatabases.ALL, null, "a test");
    }

    /** As a service that starts. */
    void start() {
        new AdminToken(file, tokens).start();
    }

    @Override
    public void close() {
        catalog.close();
    }
}
