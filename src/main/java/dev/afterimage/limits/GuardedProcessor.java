package dev.afterimage.limits;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.apache.coyote.Adapter;
import org.apache.coyote.http11.AbstractHttp11Protocol;
import org.apache.coyote.http11.Http11Processor;
import org.apache.tomcat.util.net.AbstractEndpoint.Handler.SocketState;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.jspecify.annotations.Nullable;

/**
 * Serves one connection after another. Tomcat's own timeout begins anew with each byte, so that a client with a byte a second
 * could keep a connection for hours.
 */
final class GuardedProcessor extends Http11Processor {

    private static final ThreadLocal<GuardedProcessor> SERVING = new ThreadLocal<>();

    private final long headersWithinNanos;
    private @Nullable SocketWrapperBase<?> begun;
    private long since;

    GuardedProcessor(AbstractHttp11Protocol<?> protocol, Adapter adapter, Duration headersWithin) {
        super(protocol, adapter);
        this.headersWithinNanos = headersWithin.toNanos();
    }

    /** Called whenever bytes of a request have come, until its headers are complete. */
    @Override
    @SuppressWarnings("ReferenceEquality") // a connection is what it is
    public SocketState service(SocketWrapperBase<?> connection) throws IOException {
        var state = serve(connection);
        if (state != SocketState.LONG || isAsync()) {
            begun = null;
            return state;
        }
        if (begun != connection) { // another one may have ended in the middle of its headers
            begun = connection;
            since = System.nanoTime();
        }
        return System.nanoTime() - since < headersWithinNanos ? state : SocketState.CLOSED;
    }

    private SocketState serve(SocketWrapperBase<?> connection) throws IOException {
        SERVING.set(this);
        try {
            return super.service(connection);
        } finally {
            SERVING.remove();
        }
    }

    /** The one whose request the present thread answers; none while an asynchronous answer is dispatched. */
    static Optional<GuardedProcessor> serving() {
        return Optional.ofNullable(SERVING.get());
    }

    SocketWrapperBase<?> connection() {
        return getSocketWrapper();
    }
}
