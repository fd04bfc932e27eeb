package dev.afterimage.notify;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ProxySelector;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.impl.routing.SystemDefaultRoutePlanner;
import org.apache.hc.client5.http.routing.RoutingSupport;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Sends requests to where users say: only to allowed addresses, which are those that are connected to, without following
 * redirects, which would lead around them; each within a time. Through a proxy that the JVM is configured with
 * ({@code https.proxyHost}), the proxy looks up the address once more.
 */
@Component
class HttpRequests implements AutoCloseable {

    /** Of an answer, in bytes. Who answers without end must not fill the memory. */
    static final int MOST_READ = 1024;

    /** As many as are ever told at one time. */
    private static final int CONNECTIONS_PER_HOST = 16;

    private final TargetAddresses addresses;
    private final Duration timeout;
    private final CloseableHttpClient client;

    HttpRequests(TargetAddresses addresses, WebhookSettings settings) {
        this.addresses = addresses;
        this.timeout = settings.timeout();
        var connecting =
                ConnectionConfig.custom().setConnectTimeout(Timeout.of(timeout)).build();
        var connections = PoolingHttpClientConnectionManagerBuilder.create()
                .setDnsResolver(addresses)
                .setDefaultConnectionConfig(connecting)
                .setMaxConnPerRoute(CONNECTIONS_PER_HOST)
                .build();
        this.client = HttpClients.custom()
                .setConnectionManager(connections)
                .setRoutePlanner(new ThroughProxy())
                .disableRedirectHandling()
                .disableAutomaticRetries()
                .disableContentCompression()
                .disableCookieManagement()
                .disableAuthCaching()
                .build();
    }

    /** The operator's proxy may be on this machine: its address is not for users to choose, and not judged. */
    private static final class ThroughProxy extends SystemDefaultRoutePlanner {

        ThroughProxy() {
            super(ProxySelector.getDefault());
        }

        @Override
        protected @Nullable HttpHost determineProxy(HttpHost target, HttpContext context) throws HttpException {
            var proxy = super.determineProxy(target, context);
            if (proxy == null) {
                return null;
            }
            try {
                var address = InetAddress.getByName(proxy.getHostName());
                return new HttpHost(proxy.getSchemeName(), address, proxy.getHostName(), proxy.getPort());
            } catch (IOException e) {
                throw new HttpException("The proxy %s has no address".formatted(proxy.getHostName()), e);
            }
        }
    }

    /** Whatever goes wrong is told in the reply. */
    Reply send(HttpUriRequestBase request) {
        long started = System.nanoTime();
        var answer = new FutureTask<>(() -> answer(request, started));
        try {
            Thread.ofVirtual().name("http-request").start(answer);
            return answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            return new Reply(null, "did not answer within " + timeout.toMillis() + " ms", "", since(started));
        } catch (ExecutionException e) {
            return new Reply(null, why(e.getCause()), "", since(started));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Reply(null, "the service shut down", "", since(started));
        } finally {
            answer.cancel(
                    true); // closes the socket on which a virtual thread waits; of an answer that has come nothing
            // happens
        }
    }

    private static URI url(HttpUriRequestBase request) {
        try {
            return request.getUri();
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("It was made of a URI", e);
        }
    }

    private static @Nullable String why(@Nullable Throwable failure) {
        return failure instanceof TargetRefusedException ? failure.getMessage() : "could not be reached: " + failure;
    }

    private Reply answer(HttpUriRequestBase request, long started) throws IOException, HttpException {
        addresses.proveAllowed(url(request)); // within the time, too: a name server may not answer
        var host = RoutingSupport.determineHost(request);
        try {
            var response = client.executeOpen(host, request, null);
            int status = response.getCode();
            var error = status / 100 == 2 ? null : "answered with status " + status;
            return new Reply(status, error, beginning(response), since(started));
        } finally {
            request.cancel(); // hangs up, unless all was read: closing the answer would read on to its end
        }
    }

    private static String beginning(ClassicHttpResponse response) throws IOException {
        var entity = response.getEntity();
        return entity == null ? "" : new String(entity.getContent().readNBytes(MOST_READ), StandardCharsets.UTF_8);
    }

    private static Duration since(long startedNanos) {
        return Duration.ofNanos(System.nanoTime() - startedNanos);
    }

    /** Cuts off what is being sent. */
    @Override
    public void close() {
        client.close(CloseMode.IMMEDIATE);
    }
}
