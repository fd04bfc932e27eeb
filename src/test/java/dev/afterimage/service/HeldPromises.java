package dev.afterimage.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** A command runs under a lock when the service dies: the lock dies with it, and the next start ends what is left of the command. */
final class HeldPromises implements Promises {

    private final Path database;
    private final Path script;
    private final Path mayEnd;
    private final Path pid;
    private String backup = "";

    HeldPromises(ServiceSetup setup) throws Exception {
        this.database = setup.root().resolve("held.db");
        this.script = setup.root().resolve("during.sh");
        this.mayEnd = setup.root().resolve("may-end");
        this.pid = setup.root().resolve("pid");
        Users.create(database, "DELETE");
        Files.writeString(
                script,
                "[ -e %s ] || { setsid sleep 600 & echo $! > %s.tmp; mv %s.tmp %s; wait; }"
                        .formatted(mayEnd, pid, pid, pid));
    }

    /** With the command, which nobody can set by the API. */
    ServiceSetup configured(ServiceSetup setup) {
        return setup.with(
                "--afterimage.hooks.held.during.lock=EXCLUSIVE",
                "--afterimage.hooks.held.during.timeout=10m",
                "--afterimage.hooks.held.during.command=/bin/sh," + script);
    }

    @Override
    public void prepare(ServiceClient client) throws Exception {
        client.register("held", database);
    }

    @Override
    public void begin(ServiceClient client, Kill wanted) throws Exception {
        Files.deleteIfExists(mayEnd);
        Files.deleteIfExists(pid);
        backup = client.submitBackup("held", Map.of("verify", "NONE"));
        await().until(() -> Files.exists(pid));
    }

    @Override
    public void whileDead() throws Exception {
        try (var connection = Users.open(database, 0);
                var statement = connection.createStatement()) {
            statement.execute("BEGIN EXCLUSIVE");
            statement.execute("ROLLBACK");
        }
        if (Files.notExists(mayEnd)) {
            assertThat(command()).as("outlived the service").isPresent();
            Files.createFile(mayEnd);
        }
    }

    @Override
    public void requireKept(ServiceClient client) throws Exception {
        await().until(() -> command().isEmpty());
        Promises.succeeded(client.awaitEnd(backup));
    }

    private Optional<ProcessHandle> command() throws IOException {
        return ProcessHandle.of(Long.parseLong(Files.readString(pid).strip())).filter(ProcessHandle::isAlive);
    }
}
