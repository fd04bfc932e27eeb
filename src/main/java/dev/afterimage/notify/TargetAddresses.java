package dev.afterimage.notify;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Where requests may go. Whoever may register a URL must not reach with it what only this machine can: its own ports, and the
 * metadata services of clouds. Private networks are allowed, since that is where chat servers and
 * monitoring of an organization are.
 */
@Component
class TargetAddresses {

    /** Metadata services that are not at link-local addresses: of Alibaba, Oracle, Azure, and of AWS for IPv6 (fd00:ec2::254). */
    private static final Set<String> METADATA =
            Set.of("100.100.100.200", "192.0.0.192", "168.63.129.16", "fd00:ec2:0:0:0:0:0:254");

    /** Addresses that carry an IPv4 address in their last four bytes: {@code ::/96}, and 64:ff9b::/96 of RFC 6052. */
    private static final byte[][] CARRIERS_OF_IPV4 = {
        new byte[12], {0, 0x64, (byte) 0xff, (byte) 0x9b, 0, 0, 0, 0, 0, 0, 0, 0}
    };

    private static final int LAST_PORT = 65_535;

    private final boolean allowLocal;

    TargetAddresses(WebhookSettings settings) {
        this.allowLocal = settings.allowLocal();
    }

    /**
     * Resolves the host, which must have allowed addresses only. What connects right after this resolves the host again, but
     * gets the same answer from the JVM's cache, unless its 30 seconds (networkaddress.cache.ttl) end in between.
     *
     * @throws TargetRefusedException when the URL is none of http(s) with a host, or that has an address that is not allowed, or none
     */
    void proveAllowed(URI url) {
        var scheme = String.valueOf(url.getScheme());
        if (!scheme.equalsIgnoreCase("http") && !scheme.equalsIgnoreCase("https")) {
            throw new TargetRefusedException(url, "only http and https URLs can be told");
        }
        if (url.getHost() == null || url.getRawUserInfo() != null || url.getRawFragment() != null) {
            throw new TargetRefusedException(url, "it must have a host, and neither user nor fragment");
        }
        if (url.getPort() == 0 || url.getPort() > LAST_PORT) {
            throw new TargetRefusedException(url, "its port is none");
        }
        for (var address : addresses(url)) {
            var refusal = allowLocal ? null : refusal(address);
            if (refusal != null) {
                throw new TargetRefusedException(url, "%s is %s".formatted(address.getHostAddress(), refusal));
            }
        }
    }

    private static InetAddress[] addresses(URI url) {
        try {
            return InetAddress.getAllByName(url.getHost());
        } catch (UnknownHostException e) {
            throw new TargetRefusedException(url, "its host has no address");
        }
    }

    /** Why nothing may be sent there; null when it may. */
    static @Nullable String refusal(InetAddress address) {
        if (address instanceof Inet6Address && carriesIpv4(address.getAddress())) {
            return refusal(ipv4(address.getAddress()));
        }
        if (address.isLoopbackAddress() || address.isAnyLocalAddress() || address.getAddress()[0] == 0) {
            return "an address of this machine";
        }
        if (address.isLinkLocalAddress()) {
            return "a link-local address";
        }
        if (METADATA.contains(address.getHostAddress())) {
            return "the metadata service of a cloud";
        }
        if (address.isMulticastAddress() || address.getHostAddress().equals("255.255.255.255")) {
            return "the address of many";
        }
        return isOfThisMachine(address) ? "an address of this machine" : null;
    }

    private static boolean carriesIpv4(byte[] address) {
        return Arrays.stream(CARRIERS_OF_IPV4)
                .anyMatch(prefix -> Arrays.equals(prefix, Arrays.copyOf(address, prefix.length)));
    }

    private static InetAddress ipv4(byte[] carrier) {
        try {
            return InetAddress.getByAddress(Arrays.copyOfRange(carrier, 12, 16));
        } catch (UnknownHostException e) {
            throw new IllegalStateException("four bytes are an address", e);
        }
    }

    private static boolean isOfThisMachine(InetAddress address) {
        try {
            return NetworkInterface.getByInetAddress(address) != null;
        } catch (SocketException e) {
            throw new IllegalStateException("the interfaces of this machine cannot be read", e);
        }
    }
}
