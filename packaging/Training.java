import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * Makes the two caches of classes that an installation starts with: runs the service once as it is installed, uses it as people do, and
 * stops it; then its Java machine writes what it has learned. So does that of a command that reads the repository. Fails when service or
 * command do not do what they are asked for, or when a cache is not there at the end.
 *
 * <p>{@code java -cp …/afterimage.jar Training.java DIRECTORY}: of afterimage.jar, lib/, native/ and runtime/.
 */
final class Training {

    private static final String ROWS =
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) "
                    + "INSERT INTO orders(text) SELECT 'order ' || i || hex(randomblob(100)) FROM n";
    private static final Pattern ID = Pattern.compile("\"id\":\"([^\"]+)\"");
    private static final Pattern SNAPSHOT = Pattern.compile("\"snapshotId\":\"([^\"]+)\"");

    private final HttpClient http = HttpClient.newHttpClient();
    private final Path installed;
    private final Path work;
    private final int port;
    private String token = "";

    private Training(Path installed, Path work, int port) {
        this.installed = installed;
        this.work = work;
        this.port = port;
    }

    static void main(String[] args) throws Exception {
        var work = Files.createTempDirectory("afterimage-training-");
        try (var any = new ServerSocket(0)) {
            var training = new Training(Path.of(args[0]).toAbsolutePath(), work, any.getLocalPort());
            any.close();
            training.run();
        } finally {
            delete(work);
        }
    }

    private void run() throws Exception {
        var database = Files.createDirectories(work.resolve("databases")).resolve("orders.db");
        write(database, "PRAGMA journal_mode = WAL", "CREATE TABLE orders(id INTEGER PRIMARY KEY, text)", ROWS);
        var settings = List.of(
                "--server.port=" + port,
                "--afterimage.home=" + work.resolve("home"),
                "--afterimage.databases.roots=" + work.resolve("databases"));
        var service = java("afterimage.aot", settings).redirectOutput(log().toFile()).start();
        try {
            awaitReady(service);
            token = Files.readString(work.resolve("home/admin-token")).strip();
            use(database);
        } catch (Exception e) {
            System.err.println(Files.readString(log()));
            throw e;
        } finally {
            service.destroy();
            if (!service.waitFor(5, TimeUnit.MINUTES)) {
                service.destroyForcibly().waitFor();
            }
        }
        requireCache("afterimage.aot");
        readRepository();
        requireCache("commands.aot");
    }

    private void readRepository() throws IOException, InterruptedException {
        var arguments = List.of(
                "extract",
                "--repository",
                work.resolve("home/repository").toString(),
                "--database",
                "orders",
                "--to",
                work.resolve("extracted.db").toString());
        var builder = java("commands.aot", arguments).redirectOutput(log().toFile());
        if (builder.start().waitFor() != 0) {
            throw new IOException("extract has failed:\n" + Files.readString(log()));
        }
    }

    private void requireCache(String name) throws IOException {
        var cache = installed.resolve(name);
        if (!Files.exists(cache)) {
            throw new IOException("No " + name + " was written:\n" + Files.readString(log()));
        }
        System.out.printf("%s: %d MB%n", name, Files.size(cache) >> 20);
    }

    private Path log() {
        return work.resolve("log");
    }

    private ProcessBuilder java(String cache, List<String> arguments) {
        var command = new ArrayList<>(List.of(
                installed.resolve("runtime/bin/java").toString(),
                "-XX:AOTCacheOutput=" + installed.resolve(cache),
                "-Xlog:aot=error,cds=error",
                "-XX:+UseSerialGC",
                "-Xmx256m",
                "-Dorg.sqlite.lib.path=" + installed.resolve("native"),
                "-DZstdNativePath=" + installed.resolve("native/libzstd-jni.so"),
                "-jar",
                installed.resolve("afterimage.jar").toString()));
        command.addAll(arguments);
        var builder = new ProcessBuilder(command).directory(work.toFile()).redirectErrorStream(true);
        builder.environment().keySet().removeIf(name -> !name.equals("PATH"));
        builder.environment().put("LC_ALL", "C.UTF-8");
        return builder;
    }

    private void awaitReady(Process service) throws IOException, InterruptedException {
        for (var end = System.nanoTime() + Duration.ofMinutes(5).toNanos(); System.nanoTime() < end; Thread.sleep(100)) {
            try {
                if (send("GET", "/actuator/health/readiness", "").statusCode() == 200) {
                    return;
                }
            } catch (IOException e) {
                if (!service.isAlive()) {
                    throw new IOException("The service has ended with " + service.exitValue(), e);
                }
            }
        }
        throw new IOException("The service is not ready after five minutes");
    }

    private void use(Path database) throws Exception {
        for (var page : List.of("/", "/app/shell.js", "/api/v1/me", "/api/v1/summary", "/api/v1/repository", "/actuator/prometheus")) {
            call("GET", page, "");
        }
        call("POST", "/api/v1/databases", "{\"name\": \"orders\", \"path\": \"" + database + "\"}");
        job("/api/v1/databases/orders/backups", "{\"verify\": \"FULL\"}");
        write(database, ROWS);
        var snapshot = first(SNAPSHOT, job("/api/v1/databases/orders/backups", "{}"));
        var target = work.resolve("databases/restored.db");
        job(
                "/api/v1/restores",
                "{\"snapshot\": \"" + snapshot + "\", \"target\": {\"path\": \"" + target + "\", \"mode\": \"NEW_FILE\"}}");
        for (var page : List.of("databases", "databases/orders/snapshots", "jobs?limit=20", "protection", "snapshots/" + snapshot)) {
            call("GET", "/api/v1/" + page, "");
        }
        call("GET", "/api/v1/snapshots/" + snapshot + "/content", "");
    }

    /** The answer at its end. */
    private String job(String path, String body) throws IOException, InterruptedException {
        var job = first(ID, call("POST", path, body));
        var end = call("GET", "/api/v1/jobs/" + job + "?wait=120s", "");
        if (!end.contains("\"state\":\"SUCCEEDED\"")) {
            throw new IOException(path + " ended otherwise: " + end);
        }
        return end;
    }

    private String call(String method, String path, String body) throws IOException, InterruptedException {
        var response = send(method, path, body);
        if (response.statusCode() >= 400) {
            throw new IOException(path + " answers " + response.statusCode() + " " + response.body());
        }
        return response.body();
    }

    private HttpResponse<String> send(String method, String path, String body) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofMinutes(3))
                .header("Content-Type", "application/json")
                .method(method, BodyPublishers.ofString(body));
        if (!token.isEmpty()) {
            request.header("Authorization", "Bearer " + token);
        }
        return http.send(request.build(), BodyHandlers.ofString());
    }

    private static String first(Pattern pattern, String answer) throws IOException {
        var found = pattern.matcher(answer);
        if (!found.find()) {
            throw new IOException("No " + pattern + " in " + answer);
        }
        return found.group(1);
    }

    private static void write(Path database, String... statements) throws SQLException {
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + database);
                var statement = connection.createStatement()) {
            for (var sql : statements) {
                statement.execute(sql);
            }
        }
    }

    private static void delete(Path directory) throws IOException {
        try (var files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder()).forEach(file -> {
                try {
                    Files.delete(file);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
    }
}
