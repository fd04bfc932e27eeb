package dev.afterimage.notify;

import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.springframework.stereotype.Component;

/** Sends requests to where users say: only to allowed addresses, without following redirects, each within a time. */
@Component
class HttpRequests implements AutoCloseable {

    private final TargetAddresses addresses;
    private final Duration timeout;
    private final HttpClient client;

    HttpRequests(TargetAddresses addresses, WebhookSettings settings) {
        this.addresses = addresses;
        this.timeout = settings.timeout();
        this.client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(
                        HttpClient.Redirect.NEVER) // they would lead around the addresses that are checked here
                .connectTimeout(timeout)
                .build();
    }

    /** Whatever goes wrong is told in the reply. */
    Reply send(HttpRequest request) {
        long started = System.nanoTime();
        try {
            addresses.proveAllowed(request.uri());
            var response = answer(request);
            boolean good = response.statusCode() / 100 == 2;
            var error = good ? null : "answered with status " + response.statusCode();
            return new Reply(response.statusCode(), error, response.body(), since(started));
        } catch (TargetRefusedException e) {
            return new Reply(null, e.getMessage(), "", since(started));
        } catch (TimeoutException e) {
            return new Reply(null, "did not answer within " + timeout.toMillis() + " ms", "", since(started));
        } catch (ExecutionException e) {
            return new Reply(null, "could not be reached: " + e.getCause(), "", since(started));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Reply(null, "the service shut down", "", since(started));
        }
    }

    /** The request's own timeout ends with the headers; this one holds for a slow body as well. */
    private HttpResponse<String> answer(HttpRequest request)
            throws TimeoutException, ExecutionException, InterruptedException {
        var answer = client.sendAsync(request, headers -> new FirstBytes());
        try {
            return answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } finally {
            answer.cancel(true); // of one that has come nothing happens
        }
    }

    private static Duration since(long startedNanos) {
        return Duration.ofNanos(System.nanoTime() - startedNanos);
    }

    /** Cuts off what is being sent. */
    @Override
    public void close() {
        client.shutdownNow();
    }
}
