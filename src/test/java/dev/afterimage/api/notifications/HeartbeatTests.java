package dev.afterimage.api.notifications;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import dev.afterimage.api.ApiTest;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;

class HeartbeatTests extends ApiTest {

    @Test
    void aGoodBackupCallsTheUrl() throws Exception {
        register(database(name));
        assertProblem(http.get(path()), 404, "HEARTBEAT_NOT_FOUND");
        var receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        receiver.createContext("/ping", exchange -> {
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
        });
        receiver.start();
        try {
            var url = "http://127.0.0.1:" + receiver.getAddress().getPort() + "/ping";
            var put = http.send("PUT", path(), "{\"url\": \"%s\"}".formatted(url));
            assertThat(put.status()).as(put.text()).isEqualTo(200);
            assertThat(put.json().get("url").asString()).isEqualTo(url);
            assertThat(put.json().get("deliveredAt").isNull()).isTrue();
            snapshot();
            await().until(() -> !http.get(path()).json().get("deliveredAt").isNull());
            assertThat(http.get(path()).json().get("status").asInt()).isEqualTo(204);
        } finally {
            receiver.stop(0);
        }
        assertThat(http.delete(path()).status()).isEqualTo(204);
        assertProblem(http.delete(path()), 404, "HEARTBEAT_NOT_FOUND");
    }

    @Test
    void aHeartbeatThatCannotBeIsRefused() throws Exception {
        register(database(name));
        assertInvalid(http.send("PUT", path(), "{}"), "url");
        assertInvalid(http.send("PUT", path(), "{\"url\": \"http://a b\"}"), "url");
        assertProblem(http.send("PUT", path(), "{\"url\": \"gopher://192.0.2.1/\"}"), 422, "WEBHOOK_TARGET_REFUSED");
        assertProblem(http.get("/databases/nobody/heartbeat"), 404, "DATABASE_NOT_FOUND");
        assertProblem(http.get(path()), 404, "HEARTBEAT_NOT_FOUND");
    }

    private String path() {
        return "/databases/" + name + "/heartbeat";
    }
}
