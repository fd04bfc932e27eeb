package dev.afterimage.hook;

import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Makes HTTP calls: once each, to the end of the answer, without following redirects. */
public final class HookRequest {

    private static final long LOOK_MILLIS = 100;

    /** Of a secret, in bytes; no server takes a longer header. */
    private static final int LONGEST_SECRET = 4096;

    private static final Pattern SECRET = Pattern.compile("[!-~]+");

    private final HttpCall call;
    private final @Nullable String secret;
    private final Tail answer;

    private HookRequest(HttpCall call) {
        this.call = call;
        this.secret = secret(call);
        this.answer = new Tail(OutputTail.MOST);
    }

    /**
     * Makes a call.
     *
     * @param body JSON
     * @param meanwhile called until the answer has come to its end, each tenth of a second; when that throws, the connection is closed
     * @throws HookFailedException when the secret cannot be read, nothing answers, the answer has another status than is expected, or has not
     *     come to its end in time
     */
    public static void send(HttpCall call, String body, Runnable meanwhile) {
        new HookRequest(call).send(body, meanwhile);
    }

    /** Read anew for each call, so that it can be changed without a restart. */
    private static @Nullable String secret(HttpCall call) {
        var file = call.secretFile();
        if (file == null) {
            return null;
        }
        try (var content = Files.newInputStream(file)) {
            var text = new String(content.readNBytes(LONGEST_SECRET + 1), StandardCharsets.UTF_8).strip();
            if (text.length() > LONGEST_SECRET || !SECRET.matcher(text).matches()) {
                throw new HookFailedException(
                        call,
                        "has no secret: %s is not one line of visible ASCII characters".formatted(file),
                        "Put the secret, and nothing else, into the file.",
                        "",
                        null);
            }
            return text;
        } catch (IOException e) {
            throw new HookFailedException(
                    call,
                    "has no secret: %s cannot be read (%s)"
                            .formatted(file, e.getClass().getSimpleName()),
                    "Put the secret into the file, and let the service's user read it. It is read anew for each call.",
                    "",
                    e);
        }
    }

    /** The client is of this call alone: a connection that was kept may be closed just when the next call is made, which then may be made twice. */
    private void send(String body, Runnable meanwhile) {
        var client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .build();
        try {
            var response = client.sendAsync(
                    request(body),
                    BodyHandlers.ofByteArrayConsumer(
                            piece -> piece.ifPresent(bytes -> answer.keep(bytes, bytes.length))));
            requireSuccess(awaited(response, meanwhile).statusCode());
        } finally {
            client.shutdownNow(); // closes the connection, also while an answer comes
        }
    }

    private HttpRequest request(String body) {
        var request = HttpRequest.newBuilder(call.url())
                .header("Content-Type", "application/json")
                .header("User-Agent", "Afterimage")
                .method(call.method().name(), BodyPublishers.ofString(body));
        if (secret != null) {
            request.header("Authorization", "Bearer " + secret);
        }
        return request.build();
    }

    private HttpResponse<Void> awaited(CompletableFuture<HttpResponse<Void>> response, Runnable meanwhile) {
        long until = System.nanoTime() + call.timeout().toNanos();
        while (true) {
            try {
                long left = TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime());
                return response.get(Math.clamp(left, 1, LOOK_MILLIS), TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                meanwhile.run();
                if (System.nanoTime() > until) {
                    throw late();
                }
            } catch (ExecutionException e) {
                throw unanswered(e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw failed("was broken off", "The service shuts down: it is tried again after that.", e);
            }
        }
    }

    private HookFailedException late() {
        return failed(
                "was not answered, to the end, within %d ms"
                        .formatted(call.timeout().toMillis()),
                "Let the application answer sooner, or raise `timeout` in afterimage.hooks.",
                null);
    }

    private HookFailedException unanswered(@Nullable Throwable cause) {
        var tls = within(cause, SSLException.class); // of which the client makes an answer without bytes at times
        if (tls.isPresent()) {
            return failed(
                    "got no TLS connection: " + tls.get().getMessage(),
                    "The certificate must be for the host of the URL, and of an authority that the service's Java trusts:"
                            + " -Djavax.net.ssl.trustStore=… names others.",
                    cause);
        }
        if (cause instanceof ConnectException) {
            return failed(
                    isOfUnknownHost(cause) ? "has a host without an address" : "found nobody who listens there",
                    "Start the application, or correct `url` in afterimage.hooks.",
                    cause);
        }
        return failed(
                "got no whole answer: " + cause,
                "See in the log of the application what became of the request.",
                cause);
    }

    private static boolean isOfUnknownHost(Throwable failure) {
        return within(failure, UnresolvedAddressException.class).isPresent();
    }

    private static <T extends Throwable> Optional<T> within(@Nullable Throwable failure, Class<T> type) {
        for (var cause = failure; cause != null; cause = cause.getCause()) {
            if (type.isInstance(cause)) {
                return Optional.of(type.cast(cause));
            }
        }
        return Optional.empty();
    }

    private void requireSuccess(int status) {
        if (!call.isSuccess(status)) {
            throw failed(
                    "was answered with status " + status,
                    "`output` has the end of the answer. Redirects are not followed; `status` in afterimage.hooks is for an"
                            + " application that answers success by another one than 2xx.",
                    null);
        }
    }

    private HookFailedException failed(String what, String hint, @Nullable Throwable cause) {
        return new HookFailedException(call, what, hint, output(), cause);
    }

    /** Some applications answer with the request that they got. */
    private String output() {
        var text = answer.text();
        if (secret == null) {
            return text;
        }
        var whole = answer.isCut() ? withoutEndOf(secret, text) : text;
        return whole.replace(secret, "***");
    }

    /** What was not kept may have ended within the secret. */
    private static String withoutEndOf(String secret, String text) {
        return IntStream.range(1, secret.length())
                .mapToObj(secret::substring)
                .filter(text::startsWith)
                .findFirst()
                .map(end -> text.substring(end.length()))
                .orElse(text);
    }
}
