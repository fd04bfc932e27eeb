package dev.afterimage.demo;

import jakarta.annotation.PreDestroy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.annotation.Profile;
import org.springframework.context.event.EventListener;
import org.springframework.core.env.Environment;
import org.springframework.stereotype.Component;
import tools.jackson.databind.JsonNode;

/**
 * The profile {@code demo}: takes a database that another process keeps writing to through backup, check and restore,
 * as a user would, and tells what happened. The other process goes on writing until the service stops.
 */
@Component
@Profile("demo")
class Demo {

    private static final Logger log = LoggerFactory.getLogger(Demo.class);
    private static final String NAME = "orders";

    private final Path directory;
    private final Path adminToken;
    private final Environment environment;
    private @Nullable WriterProcess writer;
    private boolean stopped;

    Demo(DemoSettings settings, Environment environment) {
        this.directory = settings.directory();
        this.adminToken = settings.adminToken();
        this.environment = environment;
    }

    /** On its own thread: the service is ready whether the demo works or not. */
    @EventListener
    void begin(ApplicationReadyEvent ready) {
        Thread.ofPlatform().daemon().name("demo").start(this::tell);
    }

    private void tell() {
        try {
            System.out.println(run("http://127.0.0.1:" + environment.getRequiredProperty("local.server.port")));
        } catch (IOException | SQLException | RuntimeException e) {
            if (!stopped()) {
                log.error("The demo ends here. {}", e.getMessage());
            }
        }
    }

    private String run(String service) throws IOException, SQLException {
        var client = new DemoClient(service, Files.readString(adminToken).strip());
        var database = Files.createDirectories(directory).resolve("orders.db");
        long pid = startWriter(database);
        register(client, database);

        var before = Orders.live(database);
        var backup = client.run("/databases/" + NAME + "/backups", Map.of("verify", "FULL"));
        var after = Orders.live(database);
        var snapshot = snapshot(client, backup);
        var id = snapshot.get("id").asString();
        var check = client.get("/snapshots/" + id + "/checks").get("items").get(0);

        var target = directory.resolve("restored-" + now() + ".db");
        var restore = client.run("/restores", Map.of("snapshot", id, "target", Map.of("path", target.toString())));
        var restored = Orders.atRest(target);

        var again = client.run("/databases/" + NAME + "/backups", Map.of("verify", "NONE"));
        var second = snapshot(client, again);
        var report =
                new DemoReport(service, adminToken, database, pid, backup, snapshot, again, second, check, restore);
        return report.text(before, restored, after);
    }

    private static JsonNode snapshot(DemoClient client, JsonNode backup) {
        return client.get("/snapshots/" + backup.get("result").get("snapshotId").asString());
    }

    private synchronized long startWriter(Path database) throws IOException {
        if (stopped) {
            throw new IOException("The service stops");
        }
        writer = WriterProcess.start(database);
        return writer.pid();
    }

    /** A demo that ran before has registered it already. */
    private static void register(DemoClient client, Path database) {
        try {
            client.post("/databases", Map.of("name", NAME, "path", database.toString()));
        } catch (DemoException e) {
            if (!e.code().equals("DATABASE_EXISTS")) {
                throw e;
            }
        }
    }

    private static String now() {
        return LocalDateTime.now(ZoneId.systemDefault()).format(DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss"));
    }

    private synchronized boolean stopped() {
        return stopped;
    }

    @PreDestroy
    synchronized void end() throws IOException {
        stopped = true;
        if (writer != null) {
            writer.close();
        }
    }
}
