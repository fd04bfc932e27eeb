package dev.afterimage.limits;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;

/** Where requests come from that count together: an IPv4 address, or the 64 bits of an IPv6 network, all of which one host may have. */
final class Network {

    private static final int PREFIX_BYTES = 8;

    private Network() {}

    /** @param address as text; what is none, as a proxy may tell, stands for itself */
    static String of(String address) {
        try {
            return of(InetAddress.ofLiteral(address));
        } catch (IllegalArgumentException e) {
            return address;
        }
    }

    static String of(InetAddress address) {
        return address instanceof Inet6Address && !address.isLoopbackAddress()
                ? prefix(address.getAddress())
                : address.getHostAddress();
    }

    private static String prefix(byte[] address) {
        Arrays.fill(address, PREFIX_BYTES, address.length, (byte) 0);
        try {
            return InetAddress.getByAddress(address).getHostAddress() + "/64";
        } catch (UnknownHostException e) {
            throw new IllegalStateException("16 bytes are an address", e);
        }
    }
}
