package dev.afterimage.api;

import dev.afterimage.catalog.databases.DatabasePaths;
import dev.afterimage.catalog.home.Node;
import java.net.InetAddress;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.boot.web.server.Ssl;
import org.springframework.boot.web.server.autoconfigure.ServerProperties;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/** What an operator wants to know of a service that has started, in one line of the log. */
@Component
class StartLine {

    private static final Logger log = LoggerFactory.getLogger(StartLine.class);

    private final Node node;
    private final DatabasePaths paths;
    private final ServerProperties server;

    StartLine(Node node, DatabasePaths paths, ServerProperties server) {
        this.node = node;
        this.paths = paths;
        this.server = server;
    }

    @EventListener
    void started(ApplicationReadyEvent event) {
        if (event.getApplicationContext() instanceof WebServerApplicationContext context
                && context.getWebServer() != null) {
            log.info(
                    "Afterimage serves {}://{}:{}/, home {}, databases under {}, node {} ({})",
                    Ssl.isEnabled(server.getSsl()) ? "https" : "http",
                    host(server.getAddress()),
                    context.getWebServer().getPort(),
                    node.home(),
                    String.join(", ", paths.roots().stream().map(Path::toString).toList()),
                    node.name(),
                    node.id());
        }
    }

    private String host(@Nullable InetAddress address) {
        return address == null || address.isAnyLocalAddress() ? node.name() : address.getHostAddress();
    }
}
