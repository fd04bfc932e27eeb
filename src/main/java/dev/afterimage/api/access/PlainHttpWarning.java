package dev.afterimage.api.access;

import java.net.InetAddress;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.web.server.Ssl;
import org.springframework.boot.web.server.autoconfigure.ServerProperties;
import org.springframework.boot.web.server.autoconfigure.ServerProperties.ForwardHeadersStrategy;
import org.springframework.stereotype.Component;

/** Tells the operator at the start when everybody on the way can read what goes over the network. */
@Component
class PlainHttpWarning implements SmartInitializingSingleton {

    private static final Logger log = LoggerFactory.getLogger(PlainHttpWarning.class);

    private final ServerProperties server;

    PlainHttpWarning(ServerProperties server) {
        this.server = server;
    }

    @Override
    public void afterSingletonsInstantiated() {
        if (leavesMachine(server.getAddress()) && !Ssl.isEnabled(server.getSsl()) && !behindProxy()) {
            log.warn(
                    "The service listens beyond this machine without TLS, so that others on the network can read databases"
                            + " and credentials. Set server.ssl.bundle, or server.address=127.0.0.1, or, behind a proxy that"
                            + " speaks TLS, server.forward-headers-strategy=native");
        }
    }

    private static boolean leavesMachine(@Nullable InetAddress address) {
        return address == null || !address.isLoopbackAddress();
    }

    /** Whoever lets the service believe what a proxy tells says that there is one. */
    private boolean behindProxy() {
        var strategy = server.getForwardHeadersStrategy();
        return strategy == ForwardHeadersStrategy.NATIVE || strategy == ForwardHeadersStrategy.FRAMEWORK;
    }
}
