package dev.afterimage;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/**
 * What a container's HEALTHCHECK runs, since images of a JRE have neither curl nor openssl: whether the service on this machine is well,
 * be it asked plainly or by TLS. Uses nothing but the JDK, so it starts in a moment.
 */
public final class HealthCheck {

    private static final int TIMEOUT_MILLIS = 5_000;

    private HealthCheck() {}

    /**
     * Exit status 0 when the service is well; else 1, and standard error says why; 2 when the arguments make no sense. It is found by the file
     * {@code address} in its home, which {@code --home} names, else the variable {@code AFTERIMAGE_HOME}. Where that cannot be read, it is asked
     * at {@code SERVER_PORT}, 8080 unless set.
     */
    static void main(String... arguments) {
        if (arguments.length != 0 && (arguments.length != 2 || !arguments[0].equals("--home"))) {
            System.err.println("Usage: afterimage healthcheck [--home DIRECTORY]");
            System.exit(2);
        }
        var home = arguments.length == 2 ? arguments[1] : variable("AFTERIMAGE_HOME", "afterimage-data");
        var file = Path.of(home, "address");
        URI address;
        String found;
        try {
            address = URI.create(Files.readString(file).strip());
            found = "as " + file + " says";
        } catch (IOException e) {
            address = URI.create("http://127.0.0.1:" + variable("SERVER_PORT", "8080") + "/");
            found = "the port is that of SERVER_PORT, else 8080, since " + file + " cannot be read";
        }
        try {
            var status = statusAt(address);
            if (!isWell(status)) {
                System.err.printf("%s (%s) answers: %s%n", address, found, status);
                System.exit(1);
            }
        } catch (IOException | GeneralSecurityException e) {
            System.err.printf("%s (%s): %s%n", address, found, e);
            System.exit(1);
        }
    }

    private static String variable(String name, String otherwise) {
        var value = System.getenv(name);
        return value == null || value.isEmpty() ? otherwise : value;
    }

    /** Whether the service at an address of this machine is well; one that is reached and asks for a client's certificate is. */
    public static boolean isWell(URI address) throws IOException, GeneralSecurityException {
        return isWell(statusAt(address));
    }

    private static boolean isWell(String status) {
        return status.startsWith("HTTP/1.1 200");
    }

    /** The answer's first line. Tomcat answers 400 to a plain request where it speaks TLS. */
    private static String statusAt(URI address) throws IOException, GeneralSecurityException {
        try (var plain = connect(address)) {
            var status = ask(plain, address);
            return status.startsWith("HTTP/1.1 400") ? statusByTls(address) : status;
        }
    }

    private static String statusByTls(URI address) throws IOException, GeneralSecurityException {
        var context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new Anybody()}, null);
        try (var tls =
                context.getSocketFactory().createSocket(connect(address), "localhost", address.getPort(), true)) {
            return ask(tls, address);
        } catch (SSLException e) {
            if (String.valueOf(e.getMessage()).contains("certificate")) { // an alert: it wants ours
                return "HTTP/1.1 200 as far as it lets one ask who has no certificate";
            }
            throw e;
        }
    }

    private static Socket connect(URI address) throws IOException {
        var socket = new Socket();
        socket.setSoTimeout(TIMEOUT_MILLIS);
        socket.connect(new InetSocketAddress(address.getHost(), address.getPort()), TIMEOUT_MILLIS);
        return socket;
    }

    private static String ask(Socket socket, URI address) throws IOException {
        var request = "GET " + address.resolve("actuator/health").getRawPath()
                + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        var answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        return answer.lines().findFirst().orElse("nothing");
    }

    /** It is this machine that is asked, nothing is told that is secret, and of the answer only the status counts. */
    private static final class Anybody implements X509TrustManager {

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
