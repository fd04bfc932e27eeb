package dev.afterimage.service;

import dev.afterimage.storage.s3.S3Faults;
import dev.afterimage.storage.s3.S3Server;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * What a service is started with.
 *
 * @param home its afterimage.home
 * @param root the directory under which databases may be registered
 * @param launcher a command that runs the command given to it as arguments; empty for none
 * @param arguments further ones, such as {@code --afterimage.storage.quota=20MB}
 */
public record ServiceSetup(Path home, Path root, List<String> launcher, List<String> arguments) {

    private static final String PORT = "--server.port=";

    /** Databases in {@code directory}, the home in its subdirectory {@code home}. */
    static ServiceSetup in(Path directory) {
        return new ServiceSetup(directory.resolve("home"), directory, List.of(), List.of());
    }

    public ServiceSetup with(String... more) {
        var all = new ArrayList<>(arguments);
        all.addAll(List.of(more));
        return new ServiceSetup(home, root, launcher, all);
    }

    /** Its repository is in a bucket, which it reaches by way of a proxy that has faults. */
    ServiceSetup inBucket(S3Server server, String bucket, S3Faults faults) {
        return with(
                "--afterimage.repository.location=s3://" + bucket + "/shop",
                "--afterimage.repository.s3.endpoint=" + faults.address(),
                "--afterimage.repository.s3.region=us-east-1",
                "--afterimage.repository.s3.access-key-id=" + server.settings().accessKeyId(),
                "--afterimage.repository.s3.secret-access-key="
                        + server.settings().secretAccessKey());
    }

    ServiceSetup home(Path other) {
        return new ServiceSetup(other, root, launcher, arguments);
    }

    ServiceSetup launchedBy(List<String> command) {
        return new ServiceSetup(home, root, command, arguments);
    }

    /** Starts it and waits until it answers. The caller closes it. */
    public ServiceProcess start() throws IOException {
        return startWith(ServiceRuntime.command());
    }

    ServiceProcess startWith(List<String> java) throws IOException {
        return ServiceProcess.launch(command(java), home).awaitReady();
    }

    /** Starts it without waiting. The caller closes it. */
    ServiceProcess launch() throws IOException {
        return ServiceProcess.launch(command(ServiceRuntime.command()), home);
    }

    private List<String> command(List<String> java) throws IOException {
        var command = new ArrayList<>(launcher);
        command.addAll(java);
        command.add(launcher.size() + 1, "-Djava.io.tmpdir=" + Files.createDirectories(temporary()));
        if (arguments.stream().noneMatch(argument -> argument.startsWith(PORT))) {
            command.add(PORT + "0");
        }
        command.add("--afterimage.home=" + home);
        command.add("--afterimage.databases.roots=" + root);
        command.addAll(arguments);
        return command;
    }

    /** What a killed service leaves goes with the test's directory. */
    private Path temporary() {
        return root.resolve("tmp");
    }

    Path staging() {
        return home.resolve("staging");
    }

    /** Opens a copy of a dead service's catalog, so that the next start finds it as it was left. The caller closes it. */
    Connection copyOfCatalog() throws IOException, SQLException {
        var copy = Files.createDirectories(temporary()).resolve("catalog-copy.db");
        for (var suffix : List.of("", "-wal")) {
            Files.deleteIfExists(Path.of(copy + suffix));
            var file = home.resolve("catalog.db" + suffix);
            if (Files.exists(file)) {
                Files.copy(file, Path.of(copy + suffix));
            }
        }
        return DriverManager.getConnection("jdbc:sqlite:" + copy);
    }

    /** What a database's folders in the repository are called. */
    UUID idOf(String database) throws SQLException {
        try (var catalog = DriverManager.getConnection("jdbc:sqlite:" + home.resolve("catalog.db"));
                var query = catalog.prepareStatement("SELECT id FROM database WHERE name = ?")) {
            query.setString(1, database);
            try (var row = query.executeQuery()) {
                row.next();
                return UUID.fromString(row.getString("id"));
            }
        }
    }

    Path repository() {
        return home.resolve("repository");
    }
}
