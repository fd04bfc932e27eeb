package dev.afterimage.storage.s3;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * What lies between a client and a real {@link S3Server}: it passes all on, and remembers it, until a test says what becomes of which request.
 * Clients sign for its address, and the server accepts that. On 127.0.0.1, without TLS. Closing it ends all connections.
 */
public final class S3Faults implements AutoCloseable {

    /**
     * A request, and what has become of it.
     *
     * @param status that the client got; 0 when it got none, or none yet
     * @param sent bytes of the request's body
     * @param received bytes of the answer's body, as far as they were passed on
     */
    public record Seen(S3Request request, int status, long sent, long received) {}

    /** How far a request is; told before the client can know. */
    static final class Progress {
        volatile int status;
        volatile long sent;
        volatile long received;
    }

    private record Entry(S3Request request, Progress progress) {
        Seen seen() {
            return new Seen(request, progress.status, progress.sent, progress.received);
        }
    }

    private final URI server;
    private final ServerSocket listening;
    private final Set<Socket> connections = ConcurrentHashMap.newKeySet();
    private final List<Entry> seen = new ArrayList<>();
    private final Map<S3Request.Kind, Integer> numbers = new EnumMap<>(S3Request.Kind.class);
    private volatile Function<S3Request, S3Answer> rule = _ -> S3Answer.pass();
    private volatile Duration latency = Duration.ZERO;
    private volatile @Nullable Duration idleAtMost;

    /** @param server stays the caller's to close */
    public S3Faults(S3Server server) {
        this(server.address());
    }

    S3Faults(URI server) {
        this.server = server;
        try {
            listening = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofPlatform().daemon().name("s3-faults").start(this::accept);
    }

    private void accept() {
        while (!listening.isClosed()) {
            try {
                var socket = listening.accept();
                connections.add(socket);
                Thread.ofPlatform().daemon().name("s3-faults-connection").start(() -> serve(socket));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            new S3Connection(this, socket).serve();
        } catch (IOException ended) {
            // by the client, the server, or close(): what was seen until then has been noted
        } finally {
            connections.remove(socket);
        }
    }

    public URI address() {
        return URI.create("http://127.0.0.1:" + listening.getLocalPort());
    }

    /** How a storage reaches it. */
    public S3Settings settings() {
        return S3Server.settings(address());
    }

    /** One that comes this way, and tries each request once. The caller closes it. */
    public S3Client client() {
        return S3Server.client(address(), _ -> {});
    }

    /**
     * Decides what becomes of each request from now on, in place of what did before.
     *
     * @param rule is asked once for each request, by several threads
     */
    public void before(Function<S3Request, S3Answer> rule) {
        this.rule = rule;
    }

    /** The same for one kind only; all others pass. */
    public void before(S3Request.Kind kind, Function<S3Request, S3Answer> rule) {
        before(request -> request.kind() == kind ? rule.apply(request) : S3Answer.pass());
    }

    /** All pass from now on. */
    public void none() {
        before(_ -> S3Answer.pass());
    }

    /** How long each round trip takes at least: that of an answer, and that of {@code 100 Continue} before it. */
    public void latency(Duration roundTrip) {
        latency = roundTrip;
    }

    /** Closes connections on which nothing came for so long. */
    public void closeIdleAfter(Duration idle) {
        idleAtMost = idle;
    }

    /** How many requests of these kinds have come, whatever became of them; of all where none is named. */
    public int count(S3Request.Kind... kinds) {
        var wanted = Set.of(kinds);
        return (int) seen().stream()
                .filter(one -> wanted.isEmpty() || wanted.contains(one.request().kind()))
                .count();
    }

    /** The requests, in the order in which they came. */
    public List<Seen> seen() {
        synchronized (seen) {
            return seen.stream().map(Entry::seen).toList();
        }
    }

    /** Counts anew from here. */
    public void forget() {
        synchronized (seen) {
            seen.clear();
            numbers.clear();
        }
    }

    URI server() {
        return server;
    }

    S3Answer answer(S3Request request) {
        return rule.apply(request);
    }

    Duration latency() {
        return latency;
    }

    @Nullable
    Duration idleAtMost() {
        return idleAtMost;
    }

    int nextNumber(S3Request.Kind kind) {
        synchronized (seen) {
            return numbers.merge(kind, 1, Integer::sum);
        }
    }

    void add(S3Request request, Progress progress) {
        synchronized (seen) {
            seen.add(new Entry(request, progress));
        }
    }

    @Override
    public void close() {
        try {
            listening.close();
            for (var connection : connections) {
                connection.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
