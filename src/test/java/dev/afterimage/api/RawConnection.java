package dev.afterimage.api;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A client whose every byte the test decides on. Little fits between it and the service, so that an answer that it does not read stops soon. */
final class RawConnection implements AutoCloseable {

    private static final int RECEIVE_BUFFER_BYTES = 128 * 1024;
    private static final int PATIENCE_MILLIS = 60_000;

    private final Socket socket = new Socket();

    /** @param address one of this machine's loopback addresses, from which it comes */
    RawConnection(int port, String address) throws IOException {
        socket.setReceiveBufferSize(RECEIVE_BUFFER_BYTES);
        socket.setSoTimeout(PATIENCE_MILLIS);
        socket.bind(new InetSocketAddress(InetAddress.getByName(address), 0));
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    }

    /** The answer's head, and as much of its body as the connection brought before it ended; the connection is then over. */
    static String ask(int port, String address, String request) throws IOException {
        try (var connection = new RawConnection(port, address)) {
            connection.send(request);
            return connection.readToEnd();
        }
    }

    RawConnection send(String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        return this;
    }

    /** Status line and headers. */
    String readHead() throws IOException {
        var head = new StringBuilder();
        for (int one = read(); one >= 0; one = read()) {
            head.append((char) one);
            if (head.indexOf("\r\n\r\n") >= 0) {
                return head.toString();
            }
        }
        return head.toString();
    }

    /** The next byte of the answer; negative at its end. */
    int read() throws IOException {
        return socket.getInputStream().read();
    }

    int read(byte[] buffer) throws IOException {
        return socket.getInputStream().read(buffer);
    }

    String readToEnd() throws IOException {
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    }

    @Override
    public void close() throws IOException {
        if (!socket.isClosed()) {
            socket.setSoLinger(true, 0); // the service hears of it at once
            socket.close();
        }
    }
}
