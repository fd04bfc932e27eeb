package dev.afterimage.notify;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.hc.client5.http.DnsResolver;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Where requests may go. Whoever may register a URL must not reach with it what only this machine can: its own ports, and the
 * metadata services of clouds. Private networks are allowed, since that is where chat servers and
 * monitoring of an organization are.
 */
@Component
class TargetAddresses implements DnsResolver {

    /** Metadata services that are not at link-local addresses: of Alibaba, Oracle, Azure, and of AWS for IPv6 (fd00:ec2::254). */
    private static final Set<String> METADATA =
            Set.of("100.100.100.200", "192.0.0.192", "168.63.129.16", "fd00:ec2:0:0:0:0:0:254");

    /**
     * IPv6 addresses of which four bytes are an IPv4 address, to which a router may hand on what is sent to them.
     *
     * @param prefix hexadecimal, {@code ?} for what may be anything
     * @param at of the first of the four bytes
     * @param inverted whether these are stored as their complement
     */
    private record Carrier(String prefix, int at, boolean inverted) {

        /** {@code ::/96}, RFC 6052, RFC 2765, RFC 3056 (6to4), RFC 4380 (Teredo), RFC 5214 (ISATAP). */
        static final List<Carrier> ALL = List.of(
                new Carrier("000000000000000000000000", 12, false),
                new Carrier("0064ff9b0000000000000000", 12, false),
                new Carrier("0000000000000000ffff0000", 12, false),
                new Carrier("2002", 2, false),
                new Carrier("20010000", 12, true),
                new Carrier("????????????????00005efe", 12, false),
                new Carrier("????????????????02005efe", 12, false));

        boolean carries(byte[] address) {
            var hex = HexFormat.of().formatHex(address);
            return IntStream.range(0, prefix.length())
                    .allMatch(i -> prefix.charAt(i) == '?' || prefix.charAt(i) == hex.charAt(i));
        }

        InetAddress carried(byte[] address) {
            var ipv4 = Arrays.copyOfRange(address, at, at + 4);
            for (int i = 0; inverted && i < ipv4.length; i++) {
                ipv4[i] = (byte) ~ipv4[i];
            }
            try {
                return InetAddress.getByAddress(ipv4);
            } catch (UnknownHostException e) {
                throw new IllegalStateException("four bytes are an address", e);
            }
        }
    }

    /** 64:ff9b:1::/48 of RFC 8215: where in it the IPv4 address is, only the network knows. */
    private static final byte[] TRANSLATED_LOCALLY = {0, 0x64, (byte) 0xff, (byte) 0x9b, 0, 1};

    private static final int LAST_PORT = 65_535;

    private final boolean allowLocal;

    TargetAddresses(WebhookSettings settings) {
        this.allowLocal = settings.allowLocal();
    }

    /**
     * Looks at a URL, and resolves its host, which must have allowed addresses only. What connects uses {@link #resolve}, so that an answer
     * of the DNS that is another one by then is judged, too.
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
        resolve(url.getHost());
    }

    /**
     * The addresses of a host, all of them allowed.
     *
     * @throws TargetRefusedException when one is not, or there is none
     */
    @Override
    public InetAddress[] resolve(String host) {
        var addresses = addresses(host);
        for (var address : addresses) {
            var refusal = allowLocal ? null : refusal(address);
            if (refusal != null) {
                throw new TargetRefusedException(host, "%s is %s".formatted(address.getHostAddress(), refusal));
            }
        }
        return addresses;
    }

    private static InetAddress[] addresses(String host) {
        try {
            return InetAddress.getAllByName(host);
        } catch (UnknownHostException e) {
            throw new TargetRefusedException(host, "its host has no address");
        }
    }

    @Override
    public String resolveCanonicalHostname(String host) {
        return host; // which only authentication by Kerberos asks for
    }

    /** Why nothing may be sent there; null when it may. */
    static @Nullable String refusal(InetAddress address) {
        if (address instanceof Inet6Address) {
            var bytes = address.getAddress();
            if (Arrays.equals(TRANSLATED_LOCALLY, Arrays.copyOf(bytes, TRANSLATED_LOCALLY.length))) {
                return "an address that is translated to another one";
            }
            for (var carrier : Carrier.ALL) {
                if (carrier.carries(bytes)) {
                    return refusal(carrier.carried(bytes));
                }
            }
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

    private static boolean isOfThisMachine(InetAddress address) {
        try {
            return NetworkInterface.getByInetAddress(address) != null;
        } catch (SocketException e) {
            throw new IllegalStateException("the interfaces of this machine cannot be read", e);
        }
    }
}
