package dev.afterimage.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/** A self-signed certificate of this machine's loopback address, with its key. */
public record Certificate(KeyStore store) {

    private static final char[] PASSWORD = "for-tests".toCharArray();
    private static final String ALIAS = "it";

    public static Certificate make(Path directory, String name) throws Exception {
        var file = directory.resolve(name + ".p12");
        var keytool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
        var command =
                "%s -genkeypair -alias %s -keyalg EC -groupname secp256r1 -dname CN=%s -ext san=ip:127.0.0.1 -keystore %s"
                        .formatted(keytool, ALIAS, name, file);
        var arguments = List.of((command + " -storepass " + new String(PASSWORD)).split(" "));
        try (var program = RunningProgram.start(arguments)) {
            assertThat(program.awaitExit()).as(program.output()).isZero();
        }
        return new Certificate(KeyStore.getInstance(file.toFile(), PASSWORD));
    }

    X509Certificate certificate() throws GeneralSecurityException {
        return (X509Certificate) store.getCertificate(ALIAS);
    }

    /** Writes both PEM files, each replaced as a whole. */
    public void write(Path certificateFile, Path keyFile) throws IOException, GeneralSecurityException {
        Key key = store.getKey(ALIAS, PASSWORD);
        replace(keyFile, pem("PRIVATE KEY", key.getEncoded()));
        replace(certificateFile, pem("CERTIFICATE", certificate().getEncoded()));
    }

    private static void replace(Path file, String content) throws IOException {
        var beside = Files.writeString(file.resolveSibling(file.getFileName() + ".new"), content);
        Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE);
    }

    private static String pem(String what, byte[] encoded) {
        var text = Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII))
                .encodeToString(encoded);
        return "-----BEGIN %s-----\n%s\n-----END %s-----\n".formatted(what, text, what);
    }

    /** A new connection to the port that trusts this certificate alone, and shows {@code own} when it is asked to. */
    SSLSocket connect(int port, Certificate own) throws IOException, GeneralSecurityException {
        var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store(certificate()));
        var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(own.store, PASSWORD);
        var context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), new SecureRandom());
        var plain = new Socket("127.0.0.1", port);
        plain.setSoTimeout(60_000);
        var socket = (SSLSocket) context.getSocketFactory().createSocket(plain, "127.0.0.1", port, true);
        var parameters = socket.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        socket.setSSLParameters(parameters);
        return socket;
    }

    private static KeyStore store(X509Certificate trusted) throws IOException, GeneralSecurityException {
        var store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setCertificateEntry(ALIAS, trusted);
        return store;
    }
}
