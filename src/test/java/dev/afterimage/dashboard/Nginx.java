package dev.afterimage.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.afterimage.service.Certificate;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * The nginx of the machine on a port of 127.0.0.1, with the configuration of docs/dashboard.md and a certificate of its own. It ends when
 * it is closed, or when this JVM dies.
 */
final class Nginx implements AutoCloseable {

    private static final String WHY = "there is no nginx: install it, or name one in the variable NGINX";
    private static final Path PAGE = Path.of("docs", "dashboard.md");
    private static final Pattern EXAMPLE = Pattern.compile("(?s)```nginx\n(.*?)```");

    private final Process process;
    private final int port;

    private Nginx(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /** Skips the test where there is none, which .ci/run tells; where variable NGINX_REQUIRED is set, that is a failure. */
    static Nginx before(URI service, Path directory) throws Exception {
        var path = path();
        if (path.isEmpty() && System.getenv("NGINX_REQUIRED") != null) {
            throw new IllegalStateException(WHY);
        }
        Assumptions.assumeTrue(path.isPresent(), WHY);
        int port = freePort();
        var file = Files.writeString(directory.resolve("nginx.conf"), configuration(service, port, directory));
        var nginx = new Nginx(start(path.orElseThrow(), file, directory), port);
        nginx.awaitReady(directory);
        return nginx;
    }

    private static Optional<Path> path() {
        var named = System.getenv("NGINX");
        return (named == null
                        ? Stream.of("/usr/sbin/nginx", "/usr/bin/nginx", "/opt/homebrew/bin/nginx")
                        : Stream.of(named))
                .map(Path::of)
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** It cannot be asked for any port; another program may take this one until it has it, and then it says so. */
    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private static String configuration(URI service, int port, Path directory) throws Exception {
        var certificate = directory.resolve("proxy.crt");
        var key = directory.resolve("proxy.key");
        Certificate.make(directory, "proxy").write(certificate, key);
        var example = EXAMPLE.matcher(Files.readString(PAGE));
        assertThat(example.find()).as("a configuration in " + PAGE).isTrue();
        var server = example.group(1);
        server = with(server, "listen +443 ssl;", "listen 127.0.0.1:" + port + " ssl;");
        server = with(server, "server_name +[^;]+;", "server_name 127.0.0.1;");
        server = with(server, "ssl_certificate +[^;]+;", "ssl_certificate " + certificate + ";");
        server = with(server, "ssl_certificate_key +[^;]+;", "ssl_certificate_key " + key + ";");
        server = with(server, "http://127.0.0.1:8080/", service + "/");
        return """
                daemon off;
                master_process off;
                pid %1$s/nginx.pid;
                error_log %1$s/nginx.log;
                events {}
                http {
                access_log off;
                client_body_temp_path %1$s/body;
                proxy_temp_path %1$s/proxy;
                fastcgi_temp_path %1$s/fastcgi;
                uwsgi_temp_path %1$s/uwsgi;
                scgi_temp_path %1$s/scgi;
                %2$s}
                """.formatted(directory, server);
    }

    private static String with(String text, String what, String instead) {
        var found = Pattern.compile(what).matcher(text);
        assertThat(found.results().count()).as(what + " in the configuration").isEqualTo(1);
        return found.replaceAll(Matcher.quoteReplacement(instead));
    }

    /** Below a shell whose input ends with this JVM. */
    private static Process start(Path nginx, Path file, Path directory) throws IOException {
        var script = "\"$1\" -c \"$2\" -p \"$3\" -e \"$3/nginx.log\" & cat > \"$3/stdin\"; kill $!; wait";
        return new ProcessBuilder("sh", "-c", script, "sh", nginx.toString(), file.toString(), directory.toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("nginx.out").toFile())
                .start();
    }

    private void awaitReady(Path directory) {
        await().until(this::answers);
        assertThat(directory.resolve("nginx.out")).isEmptyFile();
    }

    private boolean answers() {
        try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress("127.0.0.1", port));
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** With the port, and without a path. */
    String address() {
        return "https://127.0.0.1:" + port;
    }

    @Override
    public void close() throws IOException, InterruptedException {
        process.getOutputStream().close();
        process.waitFor();
    }
}
