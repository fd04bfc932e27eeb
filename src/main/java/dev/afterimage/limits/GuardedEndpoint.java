package dev.afterimage.limits;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import org.apache.tomcat.util.net.NioEndpoint;
import org.apache.tomcat.util.net.SocketWrapperBase;

/** Accepts connections; one too many of an address is closed before a byte of it is read. */
final class GuardedEndpoint extends NioEndpoint {

    private static final long TO_END_MILLIS = 500;

    private int perAddress = Integer.MAX_VALUE;

    /** Threads of requests that were broken off end at once, or with the process: the time of a stop is not for them. */
    GuardedEndpoint() {
        setExecutorTerminationTimeoutMillis(TO_END_MILLIS);
    }

    void limit(int connectionsPerAddress) {
        perAddress = connectionsPerAddress;
    }

    @Override
    protected boolean setSocketOptions(SocketChannel connection) {
        if (!isOneTooMany(connection)) {
            return super.setSocketOptions(connection);
        }
        destroySocket(connection); // Tomcat does this itself only for connections that it knows
        return false;
    }

    private boolean isOneTooMany(SocketChannel connection) {
        try {
            var network = connection.getRemoteAddress() instanceof InetSocketAddress remote
                    ? Network.of(remote.getAddress())
                    : "";
            var open = getConnections();
            long own = open.stream()
                    .map(SocketWrapperBase::getRemoteAddr)
                    .filter(address -> address != null && Network.of(address).equals(network))
                    .count();
            return isOneTooMany(own, open.size(), perAddress, getMaxConnections());
        } catch (IOException gone) { // what comes next notices it too, and closes it
            return false;
        }
    }

    /**
     * No address has more than are left to all others, and the last tenth is for addresses that have none, one each: a few that
     * take what they can leave room for many that come after them.
     */
    static boolean isOneTooMany(long own, int open, int perAddress, int most) {
        int forTheFirstOfOthers = Math.max(most / 10, 1);
        return own >= perAddress || own > 0 && own >= most - open - forTheFirstOfOthers;
    }
}
