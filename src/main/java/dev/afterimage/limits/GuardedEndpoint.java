package dev.afterimage.limits;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import org.apache.tomcat.util.net.NioEndpoint;
import org.apache.tomcat.util.net.SocketWrapperBase;

/** Accepts connections; one too many of an address is closed before a byte of it is read. */
final class GuardedEndpoint extends NioEndpoint {

    private int perAddress = Integer.MAX_VALUE;

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
            return getConnections().stream()
                            .map(SocketWrapperBase::getRemoteAddr)
                            .filter(address ->
                                    address != null && Network.of(address).equals(network))
                            .limit(perAddress)
                            .count()
                    >= perAddress;
        } catch (IOException gone) { // what comes next notices it too, and closes it
            return false;
        }
    }
}
