package dev.afterimage;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.Objects;
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
    private static final String REQUEST =
            "GET /actuator/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

    private HealthCheck() {}

    /** Exit status 0 when the service at {@code SERVER_PORT}, 8080 unless set, is well; else 1, and standard error says why. */
    static void main() {
        int port = Integer.parseInt(Objects.requireNonNullElse(System.getenv("SERVER_PORT"), "8080"));
        try {
            var status = statusAt(port);
            if (!isWell(status)) {
                System.err.println("/actuator/health answers: " + status);
                System.exit(1);
            }
        } catch (IOException | GeneralSecurityException e) {
            System.err.printf("127.0.0.1:%d (the port is that of SERVER_PORT, else 8080): %s%n", port, e);
            System.exit(1);
        }
    }

    /** Whether the service at a port of this machine is well; one that is reached and asks for a client's certificate is. */
    public static boolean isWell(int port) throws IOException, GeneralSecurityException {
        return isWell(statusAt(port));
    }

    private static boolean isWell(String status) {
        return status.startsWith("HTTP/1.1 200");
    }

    /** The answer's first line. Tomcat answers 400 to a plain request where it speaks TLS. */
    private static String statusAt(int port) throws IOException, GeneralSecurityException {
        try (var plain = connect(port)) {
            var status = ask(plain);
            return status.startsWith("HTTP/1.1 400") ? statusByTls(port) : status;
        }
    }

    private static String statusByTls(int port) throws IOException, GeneralSecurityException {
        var context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new Anybody()}, null);
        try (var tls = context.getSocketFactory().createSocket(connect(port), "localhost", port, true)) {
            return ask(tls);
        } catch (SSLException e) {
            if (String.valueOf(e.getMessage()).contains("certificate")) { // an alert: it wants ours
                return "HTTP/1.1 200 as far as it lets one ask who has no certificate";
            }
            throw e;
        }
    }

    private static Socket connect(int port) throws IOException {
        var socket = new Socket();
        socket.setSoTimeout(TIMEOUT_MILLIS);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), TIMEOUT_MILLIS);
        return socket;
    }

    private static String ask(Socket socket) throws IOException {
        socket.getOutputStream().write(REQUEST.getBytes(StandardCharsets.US_ASCII));
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
