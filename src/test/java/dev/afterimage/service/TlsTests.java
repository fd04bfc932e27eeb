package dev.afterimage.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.afterimage.HealthCheck;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** TLS as {@code docs/secure.md} sets it up. */
class TlsTests {

    private static final String HEALTH =
            "GET /actuator/health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";

    private static Certificate first;
    private static Certificate second;

    @TempDir
    Path directory;

    private Path certificate;
    private Path key;

    @BeforeAll
    static void makeCertificates(@TempDir Path directory) throws Exception {
        first = Certificate.make(directory, "first");
        second = Certificate.make(directory, "second");
    }

    @BeforeEach
    void writeTheFirst() throws Exception {
        certificate = directory.resolve("tls.crt");
        key = directory.resolve("tls.key");
        first.write(certificate, key);
    }

    @Test
    void serviceWhenItHasACertificateSpeaksTlsAloneAndTakesTheNextOneWithoutARestart() throws Exception {
        try (var service = setup().start()) {
            int port = service.address().getPort();
            assertThat(ask(port, first)).startsWith("HTTP/1.1 200").contains("\"UP\"");
            assertThat(HealthCheck.isWell(service.address().resolve("/"))).isTrue();
            assertThat(askPlainly(port)).doesNotStartWith("HTTP/1.1 200").doesNotContain("UP");
            assertThat(answerToTls11(port)).startsWith("15").endsWith("0246"); // fatal alert: protocol_version
            assertThatThrownBy(() -> ask(port, second)).isInstanceOf(SSLException.class);

            second.write(certificate, key);

            awaitTrusted(port, second);
            assertThat(ask(port, second)).startsWith("HTTP/1.1 200");
            assertThat(service.output()).doesNotContain("without TLS");
        }
    }

    @Test
    void serviceWhenClientsNeedCertificatesRefusesThoseWithoutATrustedOne() throws Exception {
        var trusted = directory.resolve("clients.crt");
        second.write(trusted, directory.resolve("client.key"));
        var setup = setup().with(
                        "--spring.ssl.bundle.pem.web.truststore.certificate=file:" + trusted,
                        "--server.ssl.client-auth=need");
        try (var service = setup.start()) {
            int port = service.address().getPort();
            assertThat(ask(port, first, second)).startsWith("HTTP/1.1 200");
            assertThatThrownBy(() -> ask(port, first, first)).isInstanceOf(IOException.class);
            assertThat(HealthCheck.isWell(service.address().resolve("/")))
                    .as("it speaks to those that it trusts")
                    .isTrue();
        }
    }

    private ServiceSetup setup() {
        return ServiceSetup.in(directory)
                .with(
                        "--server.address=0.0.0.0",
                        "--server.ssl.bundle=web",
                        "--spring.ssl.bundle.pem.web.keystore.certificate=file:" + certificate,
                        "--spring.ssl.bundle.pem.web.keystore.private-key=file:" + key,
                        "--spring.ssl.bundle.pem.web.reload-on-update=true",
                        "--spring.ssl.bundle.watch.file.quiet-period=200ms");
    }

    private static String ask(int port, Certificate trusted) throws Exception {
        return ask(port, trusted, trusted);
    }

    private static String ask(int port, Certificate trusted, Certificate own) throws Exception {
        try (var socket = trusted.connect(port, own)) {
            return ask(socket);
        }
    }

    private static String askPlainly(int port) throws IOException {
        try (var socket = new Socket("127.0.0.1", port)) {
            socket.setSoTimeout(60_000);
            return ask(socket);
        }
    }

    private static String ask(Socket socket) throws IOException {
        socket.getOutputStream().write(HEALTH.getBytes(StandardCharsets.US_ASCII));
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    /** What a client hears that speaks nothing newer, in hexadecimal. See RFC 4346, section 7.4.1.2. */
    private static String answerToTls11(int port) throws IOException {
        var hello = "0302" + "00".repeat(32) + "00" + "0006" + "c009c013002f" + "01" + "00"; // version, random, suites
        var handshake = "01" + "%06x".formatted(hello.length() / 2) + hello;
        var message = "160301" + "%04x".formatted(handshake.length() / 2) + handshake;
        try (var socket = new Socket("127.0.0.1", port)) {
            socket.setSoTimeout(60_000);
            socket.getOutputStream().write(HexFormat.of().parseHex(message));
            return HexFormat.of().formatHex(socket.getInputStream().readNBytes(7));
        }
    }

    private static void awaitTrusted(int port, Certificate expected) throws Exception {
        long until = System.nanoTime() + Duration.ofMinutes(3).toNanos();
        while (true) {
            try {
                ask(port, expected);
                return;
            } catch (IOException other) { // another certificate, or a connection that the change has ended
                assertThat(System.nanoTime()).isLessThan(until);
                LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
            }
        }
    }
}
