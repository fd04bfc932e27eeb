package dev.afterimage.api.http;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import dev.afterimage.LogListener;
import dev.afterimage.api.ApiTest;
import dev.afterimage.api.RawConnection;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.Logger;

/** Requests whose body is announced and does not come. */
class UnreadBodyTests extends ApiTest {

    @RegisterExtension
    final LogListener log = LogListener.of(Logger.ROOT_LOGGER_NAME);

    @Test
    void requestWhenItsBodyDoesNotComeIsAnsweredAndWritesNoErrorIntoTheLog() throws Exception {
        try (var connection = sent("POST", "/api/v1/databases", "")) {
            assertAnswered(connection, "HTTP/1.1 401"); // when the service has waited for the rest
        }
        for (var one : new String[][] {
            {"POST", "/api/v1/databases", "", "401"},
            {"POST", "/api/v1/restores?dryRun=true", http.token(), "400"},
            {"DELETE", "/api/v1/databases/" + name, http.token(), "404"},
            {"POST", "/api/v1/databases?x=1", http.token(), "400"},
            {"POST", "/api/v1/repository/catalog-copies", http.token(), "200"},
            {"PUT", "/nothing", http.token(), "404"},
            {"POST", "/", "", "401"}, // without a token, only what lies there can be read
        }) {
            try (var connection = sent(one[0], one[1], one[2]).end()) {
                assertAnswered(connection, "HTTP/1.1 " + one[3]);
            }
        }
    }

    @Test
    void requestWhenItsClientGoesBeforeItsBodyIsInTheAuditOnce() throws Exception {
        try (var connection = sent("POST", "/api/v1/databases", http.token(), "X-Request-Id: of-" + name)
                .end()) {
            connection.readToEnd();
        }
        assertThat(log.heard())
                .filteredOn(event -> event.getLoggerName().equals("afterimage.audit"))
                .extracting(ILoggingEvent::getFormattedMessage)
                .filteredOn(line -> line.contains("of-" + name))
                .singleElement()
                .asString()
                .contains("400 INVALID_REQUEST");
    }

    private RawConnection sent(String method, String path, String token, String... headers) throws IOException {
        var credential = token.isEmpty() ? "" : "Authorization: Bearer " + token + "\r\n";
        var more = headers.length == 0 ? "" : String.join("\r\n", headers) + "\r\n";
        return new RawConnection(http.port(), "127.0.0.1")
                .send(method + " " + path + " HTTP/1.1\r\nHost: a\r\n" + credential + more
                        + "Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n{");
    }

    /** The service ends the connection last of all. */
    private void assertAnswered(RawConnection connection, String status) throws IOException {
        assertThat(connection.readToEnd()).startsWith(status);
        assertThat(log.heard())
                .filteredOn(event -> event.getThreadName().contains("-exec-") && event.getLevel() == Level.ERROR)
                .extracting(ILoggingEvent::getFormattedMessage)
                .isEmpty();
    }
}
