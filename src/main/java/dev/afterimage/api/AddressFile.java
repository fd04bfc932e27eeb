package dev.afterimage.api;

import dev.afterimage.catalog.home.Node;
import jakarta.servlet.ServletContext;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.boot.web.server.Ssl;
import org.springframework.boot.web.server.autoconfigure.ServerProperties;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/**
 * Tells commands on this machine where the service is, in the file {@code address} of the home. Its port and the like may be set in files,
 * variables and arguments, and only the service knows what came of them all. It goes when the service is stopped, and stays when that is killed.
 */
@Component
class AddressFile {

    private static final Logger log = LoggerFactory.getLogger(AddressFile.class);

    private final Path file;
    private final ServerProperties server;

    AddressFile(Node node, ServerProperties server) {
        this.file = node.home().resolve("address");
        this.server = server;
    }

    @EventListener
    void started(ApplicationReadyEvent event) {
        if (event.getApplicationContext() instanceof ServletWebServerApplicationContext context
                && context.getWebServer() != null) {
            try {
                write(address(context.getWebServer().getPort(), context.getServletContext()));
            } catch (IOException e) {
                log.warn("{} could not be written, so afterimage healthcheck does not find this service", file, e);
            }
        }
    }

    @EventListener
    void stopping(ContextClosedEvent event) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            log.warn("{} could not be deleted: it tells where this service was", file, e);
        }
    }

    private URI address(int port, @Nullable ServletContext servlets) {
        var path = servlets == null ? "" : servlets.getContextPath();
        var scheme = Ssl.isEnabled(server.getSsl()) ? "https" : "http";
        try {
            return new URI(scheme, null, host(server.getAddress()), port, path + "/", null, null);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e); // Tomcat serves there
        }
    }

    private static String host(@Nullable InetAddress address) {
        return (address == null || address.isAnyLocalAddress() ? InetAddress.getLoopbackAddress() : address)
                .getHostAddress();
    }

    /** The old one goes first: where there is no room for another, it would lead elsewhere. */
    private void write(URI address) throws IOException {
        Files.deleteIfExists(file);
        var unfinished = file.resolveSibling("address.new");
        Files.writeString(unfinished, address + "\n");
        Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
    }
}
