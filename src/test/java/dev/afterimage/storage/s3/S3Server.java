package dev.afterimage.storage.s3;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.LongWaits;
import dev.afterimage.SecondJvm;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;

/**
 * A real S3 server, S3Proxy, in a process of its own on a free port of 127.0.0.1. Its objects lie in a temporary directory. If-None-Match is
 * atomic there, also for a multipart upload; If-Match is not. It ends when it is closed, or when this JVM dies, and the directory with it.
 */
public final class S3Server implements AutoCloseable {

    static final String ACCESS_KEY = "kit-access-key";
    static final String SECRET_KEY = "kit-secret-key";
    static final String REGION = "us-east-1";

    /** The Maven build copies it there in the phase {@code process-test-resources}. */
    private static final Path JAR = Path.of("target", "s3proxy.jar").toAbsolutePath();

    private static final Pattern PORT = Pattern.compile("Started .*ServerConnector.*\\{127\\.0\\.0\\.1:(\\d+)}");

    private final Process process;
    private final Path directory;
    private final List<String> output = new ArrayList<>();
    private final CompletableFuture<Integer> port = new CompletableFuture<>();

    /** One for all tests of this JVM: each takes a bucket of its own. Nobody closes it. */
    public static S3Server shared() {
        return Shared.SERVER;
    }

    private static final class Shared {
        static final S3Server SERVER = start();
    }

    /** One that the caller closes. Returns when it answers. */
    public static S3Server start() {
        assertThat(JAR)
                .as("S3Proxy, which the build copies there: ./mvnw process-test-resources")
                .isRegularFile();
        try {
            var server = new S3Server(Files.createTempDirectory("s3-server"));
            server.port();
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException("S3Proxy cannot be started", e);
        }
    }

    private S3Server(Path directory) throws IOException {
        this.directory = directory;
        Files.createDirectory(directory.resolve("store"));
        var properties = directory.resolve("s3proxy.properties");
        Files.writeString(properties, """
                s3proxy.endpoint=http://127.0.0.1:0
                s3proxy.authorization=aws-v2-or-v4
                s3proxy.identity=%s
                s3proxy.credential=%s
                s3proxy.v4-max-non-chunked-request-size=67108864
                jclouds.provider=filesystem-nio2
                jclouds.filesystem.basedir=%s
                """.formatted(ACCESS_KEY, SECRET_KEY, directory.resolve("store")));
        var command = SecondJvm.java("-Xmx256m");
        command.addAll(List.of("-cp", origin() + File.pathSeparator + JAR, Program.class.getName()));
        command.addAll(List.of(directory.toString(), "--properties", properties.toString()));
        process = new ProcessBuilder(command).redirectErrorStream(true).start();
        Thread.ofPlatform().daemon().name("output of S3Proxy").start(this::read);
    }

    private static Path origin() {
        try {
            return Path.of(S3Server.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private void read() {
        try (var lines = process.inputReader()) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                synchronized (output) {
                    output.add(line);
                }
                var found = PORT.matcher(line);
                if (found.find()) {
                    port.complete(Integer.valueOf(found.group(1)));
                }
            }
            port.completeExceptionally(new AssertionError("S3Proxy ended:\n" + output()));
        } catch (IOException e) {
            port.completeExceptionally(e);
        }
    }

    /** All that it has printed. */
    public String output() {
        synchronized (output) {
            return String.join("\n", output);
        }
    }

    private int port() {
        try {
            return port.get(LongWaits.LONGEST.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException | InterruptedException e) {
            close();
            throw new AssertionError("S3Proxy did not start:\n" + output(), e);
        }
    }

    public URI address() {
        return URI.create("http://127.0.0.1:" + port());
    }

    /** How a storage reaches it. */
    public S3Settings settings() {
        return settings(address());
    }

    static S3Settings settings(URI address) {
        return new S3Settings(address, REGION, null, ACCESS_KEY, SECRET_KEY, null, null, null, null, null, null);
    }

    /** Makes a bucket, empty, and returns its name. */
    public String newBucket() {
        var bucket = "bucket-" + UUID.randomUUID();
        try (var client = client()) {
            client.createBucket(request -> request.bucket(bucket));
        }
        return bucket;
    }

    /** To look at, or change, what lies there behind a storage's back. The caller closes it. */
    public S3Client client() {
        return client(address(), _ -> {});
    }

    /** One that tries each request once. The caller closes it. */
    static S3Client client(URI address, Consumer<S3ClientBuilder> settings) {
        var builder = S3Client.builder()
                .endpointOverride(address)
                .region(Region.of(REGION))
                .forcePathStyle(true)
                .credentialsProvider(
                        StaticCredentialsProvider.create(AwsBasicCredentials.create(ACCESS_KEY, SECRET_KEY)))
                .overrideConfiguration(all -> all.retryStrategy(AwsRetryStrategy.doNotRetry()));
        settings.accept(builder);
        return builder.build();
    }

    /** Its process's id. */
    public long pid() {
        return process.pid();
    }

    /** Where the files of its objects lie. */
    Path directory() {
        return directory;
    }

    /** Ends it and removes its directory. */
    @Override
    public void close() {
        try {
            process.getOutputStream().close();
            if (!process.waitFor(LongWaits.LONGEST.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (IOException e) {
            process.destroyForcibly();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            process.destroyForcibly();
        }
    }

    /** What runs in the other process: S3Proxy for as long as standard input lasts, which is as long as who started it. */
    static final class Program {

        private Program() {}

        public static void main(String[] arguments) throws Exception {
            var directory = Path.of(arguments[0]);
            Thread.ofPlatform().daemon().start(() -> endWithInput(directory));
            // not by its type: it is in no class path of the tests, as it brings other versions of what they use
            Class.forName("org.gaul.s3proxy.Main")
                    .getMethod("main", String[].class)
                    .invoke(null, (Object) new String[] {arguments[1], arguments[2]});
        }

        private static void endWithInput(Path directory) {
            try {
                System.in.transferTo(OutputStream.nullOutputStream());
                remove(directory);
            } catch (IOException e) {
                e.printStackTrace();
            } finally {
                Runtime.getRuntime().halt(0); // its own shutdown waits for idle connections
            }
        }

        private static void remove(Path directory) throws IOException {
            Files.walkFileTree(directory, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.deleteIfExists(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path path, IOException e) throws IOException {
                    Files.deleteIfExists(path);
                    return FileVisitResult.CONTINUE;
                }
            });
        }
    }
}
