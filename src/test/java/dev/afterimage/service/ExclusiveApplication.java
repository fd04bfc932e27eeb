package dev.afterimage.service;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.concurrent.locks.LockSupport;

/**
 * An application that keeps two databases to itself by {@code PRAGMA locking_mode = EXCLUSIVE}, orders.db in WAL mode without a {@code -shm} and stock.db
 * in rollback mode, and writes them without a pause: as many rows as {@code total} says. What docs/exclusive.md asks of it, it does when it is asked over
 * HTTP. Prints its port, then what it was asked. Ends when a write fails.
 */
public final class ExclusiveApplication {

    private static final String SECRET = "Bearer s3cret";

    private final Path directory;
    private final Connection connection;

    private ExclusiveApplication(Path directory) throws SQLException {
        this.directory = directory;
        this.connection = DriverManager.getConnection("jdbc:sqlite:" + directory.resolve("orders.db"));
        execute("PRAGMA busy_timeout = 60000");
        execute("ATTACH '" + directory.resolve("stock.db") + "' AS stock");
        execute("PRAGMA locking_mode = EXCLUSIVE");
        execute("PRAGMA main.journal_mode = WAL");
        execute("PRAGMA stock.journal_mode = DELETE");
        for (var schema : new String[] {"main", "stock"}) {
            execute("CREATE TABLE IF NOT EXISTS " + schema + ".item (id INTEGER PRIMARY KEY, what TEXT)");
            execute("CREATE TABLE IF NOT EXISTS " + schema + ".total (n INTEGER)");
            execute("CREATE TABLE IF NOT EXISTS " + schema + ".ballast AS SELECT randomblob(1000000)");
            execute("INSERT INTO " + schema + ".total SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM " + schema + ".total)");
        }
    }

    /** @param arguments directory, port or 0 */
    static void main(String[] arguments) throws Exception {
        var application = new ExclusiveApplication(Path.of(arguments[0]));
        var server = HttpServer.create(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(arguments[1])), 0);
        server.createContext("/", application::answer);
        application.write();
        server.start();
        System.out.println(server.getAddress().getPort());
        while (true) {
            application.write();
            LockSupport.parkNanos(500_000);
        }
    }

    private synchronized void write() throws SQLException {
        execute("BEGIN IMMEDIATE");
        for (var schema : new String[] {"main", "stock"}) {
            execute("INSERT INTO " + schema + ".item (what) VALUES (hex(randomblob(20)))");
            execute("UPDATE " + schema + ".total SET n = n + 1");
        }
        execute("COMMIT");
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            var body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            if (!SECRET.equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
                exchange.sendResponseHeaders(401, -1);
                return;
            }
            var path = exchange.getRequestURI().getPath();
            switch (path) {
                case "/backup/before" -> share();
                case "/backup/after" -> keep();
                case "/backup/copy" -> copy();
                default -> throw new IOException("nobody asks for " + path);
            }
            System.out.println(path + " " + body);
            exchange.sendResponseHeaders(204, -1);
        } catch (SQLException e) {
            throw new IOException(e);
        }
    }

    /** What was opened in WAL mode without a -shm stays so until it leaves that mode. */
    private synchronized void share() throws SQLException {
        execute("PRAGMA main.journal_mode = DELETE");
        execute("PRAGMA locking_mode = NORMAL");
        execute("PRAGMA main.journal_mode = WAL");
        execute("SELECT n FROM main.total");
        execute("SELECT n FROM stock.total");
    }

    private synchronized void keep() throws SQLException {
        execute("PRAGMA locking_mode = EXCLUSIVE");
    }

    /** Under another name first: whoever reads the copy finds a whole one. */
    private synchronized void copy() throws SQLException, IOException {
        var copies = Files.createDirectories(directory.resolve("copies"));
        Files.deleteIfExists(copies.resolve("orders.new"));
        execute("VACUUM main INTO '" + copies.resolve("orders.new") + "'");
        Files.move(copies.resolve("orders.new"), copies.resolve("orders.db"), StandardCopyOption.ATOMIC_MOVE);
    }

    private void execute(String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
