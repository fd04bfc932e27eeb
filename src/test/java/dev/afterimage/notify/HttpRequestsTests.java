package dev.afterimage.notify;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.time.Duration;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.junit.jupiter.api.Test;

class HttpRequestsTests {

    /** As a name server does that wants to lead the service to itself: at first the name has an allowed address, and then another one. */
    private static final class Rebinding extends TargetAddresses {

        private boolean asked;

        Rebinding(WebhookSettings settings) {
            super(settings);
        }

        @Override
        public InetAddress[] resolve(String host) {
            var addresses = super.resolve(asked ? "127.0.0.1" : "192.0.2.1");
            asked = true;
            return addresses;
        }
    }

    @Test
    void sendWhenTheNameHasAnotherAddressByTheTimeOfTheConnectionRefuses() {
        var settings = new WebhookSettings(false, Duration.ofSeconds(5), Duration.ZERO, Duration.ofSeconds(1));
        try (var requests = new HttpRequests(new Rebinding(settings), settings)) {
            var reply = requests.send(new HttpGet("http://rebinding.invalid/hook"));
            assertThat(reply.status()).isNull();
            assertThat(reply.error()).contains("127.0.0.1 is an address of this machine");
        }
    }
}
