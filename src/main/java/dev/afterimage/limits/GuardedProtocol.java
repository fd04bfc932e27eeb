package dev.afterimage.limits;

import java.time.Duration;
import org.apache.coyote.Processor;
import org.apache.coyote.http11.Http11NioProtocol;

/**
 * HTTP/1.1 of Tomcat with two limits that it does not have: how long the headers of a request may take, however steadily they
 * drip, and how many connections one address may keep open. Made by Tomcat, by its class name.
 */
public final class GuardedProtocol extends Http11NioProtocol {

    private final GuardedEndpoint endpoint;
    private Duration headersWithin = Duration.ofSeconds(20);

    public GuardedProtocol() {
        this(new GuardedEndpoint());
    }

    private GuardedProtocol(GuardedEndpoint endpoint) {
        super(endpoint);
        this.endpoint = endpoint;
    }

    void limit(LimitSettings settings) {
        setMaxHeaderCount(settings.headerCount());
        headersWithin = settings.headersWithin();
        endpoint.limit(settings.connectionsPerAddress());
    }

    @Override
    protected Processor createProcessor() {
        return new GuardedProcessor(this, getAdapter(), headersWithin);
    }
}
