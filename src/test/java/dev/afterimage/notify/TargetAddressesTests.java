package dev.afterimage.notify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.afterimage.problem.ProblemCode;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.URI;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TargetAddressesTests {

    private final TargetAddresses addresses = new TargetAddresses(
            new WebhookSettings(false, Duration.ofSeconds(1), Duration.ZERO, Duration.ofSeconds(1)));

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://127.0.0.1/",
                "https://127.200.3.4:8443/x",
                "http://localhost/",
                "http://[::1]/",
                "http://[::ffff:127.0.0.1]/",
                "http://[::127.0.0.1]/",
                "http://[64:ff9b::7f00:1]/",
                "http://[2002:7f00:1::1]/",
                "http://[2002:a9fe:a9fe::]/",
                "http://[2001:0:5ef5:79fd::80ff:fffe]/",
                "http://[2001:db8::5efe:127.0.0.1]/",
                "http://[2001:db8::200:5efe:7f00:1]/",
                "http://[::ffff:0:127.0.0.1]/",
                "http://[64:ff9b:1::c000:201]/",
                "http://2130706433/",
                "http://0.0.0.0/",
                "http://0.1.2.3/",
                "http://[::]/",
                "http://169.254.169.254/latest/meta-data/",
                "http://[64:ff9b::a9fe:a9fe]/",
                "http://[fe80::1]/",
                "http://[fd00:ec2::254]/",
                "http://100.100.100.200/latest/meta-data/",
                "http://192.0.0.192/opc/v1/",
                "http://168.63.129.16/",
                "http://[::ffff:100.100.100.200]/",
                "http://224.0.0.1/",
                "http://[ff02::1]/",
                "http://255.255.255.255/",
                "ftp://192.0.2.1/",
                "file:///etc/passwd",
                "/relative",
                "http:///nohost",
                "http://192.0.2.1:65536/",
                "http://192.0.2.1:0/",
                "http://user:password@192.0.2.1/",
                "http://192.0.2.1/#part"
            })
    void proveAllowedRefuses(String url) {
        assertThatThrownBy(() -> addresses.proveAllowed(URI.create(url)))
                .isInstanceOfSatisfying(
                        TargetRefusedException.class,
                        e -> assertThat(e.code()).isEqualTo(ProblemCode.WEBHOOK_TARGET_REFUSED));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://192.0.2.1/",
                "https://192.0.2.1:8443/hook?a=b",
                "http://192.168.250.9/",
                "http://[2001:db8::1]/",
                "http://[64:ff9b::c000:201]/",
                "http://[2002:c000:201::1]/",
                "http://[2001:0:5ef5:79fd::3fff:fdfe]/",
                "http://[2001:db8::5efe:192.0.2.1]/"
            })
    void proveAllowedAllows(String url) {
        addresses.proveAllowed(URI.create(url));
    }

    /** What the client connects to is what this returns: a name that has become that of another address is judged again. */
    @Test
    void resolveJudgesWhatItReturns() {
        assertThat(addresses.resolve("192.0.2.1"))
                .extracting(InetAddress::getHostAddress)
                .containsExactly("192.0.2.1");
        assertThatThrownBy(() -> addresses.resolve("localhost"))
                .isInstanceOf(TargetRefusedException.class)
                .hasMessageContaining("an address of this machine");
    }

    @Test
    void refusalOfEveryAddressOfThisMachine() throws Exception {
        var interfaces = NetworkInterface.networkInterfaces().toList();
        assertThat(interfaces.stream().flatMap(NetworkInterface::inetAddresses))
                .isNotEmpty()
                .allSatisfy(
                        address -> assertThat(TargetAddresses.refusal(address)).isNotNull());
        assertThat(TargetAddresses.refusal(InetAddress.getByName("192.0.2.1"))).isNull();
    }
}
