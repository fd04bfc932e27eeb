package dev.afterimage.api;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;

/** A client whose every byte the test decides on. Little fits between it and the service, so that an answer that it does not read stops soon. */
public final class RawConnection implements AutoCloseable {

    private static final int RECEIVE_BUFFER_BYTES = 128 * 1024;
    private static final int PATIENCE_MILLIS = 60_000;

    private final Socket socket = new Socket();

    /** @param address one of this machine's loopback addresses, from which it comes */
    public RawConnection(int port, String address) throws IOException {
        socket.setReceiveBufferSize(RECEIVE_BUFFER_BYTES);
        socket.setSoTimeout(PATIENCE_MILLIS);
        socket.bind(new InetSocketAddress(InetAddress.getByName(address), 0));
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    }

    /** The answer's head, and as much of its body as the connection brought before it ended; the connection is then over. */
    public static String ask(int port, String address, String request) throws IOException {
        try (var connection = new RawConnection(port, address)) {
            try {
                connection.send(request);
            } catch (SocketException ended) {
                // by the service, which may have answered before
            }
            return connection.readToEnd();
        }
    }

    public RawConnection send(String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        return this;
    }

    /** Sends no more, whatever was announced. */
    public RawConnection end() throws IOException {
        socket.shutdownOutput();
        return this;
    }

    /** Status line and headers. */
    public String readHead() throws IOException {
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
    public int read() throws IOException {
        return socket.getInputStream().read();
    }

    public int read(byte[] buffer) throws IOException {
        return socket.getInputStream().read(buffer);
    }

    /** What comes until the connection ends, however it does. */
    public String readToEnd() throws IOException {
        var answer = new ByteArrayOutputStream();
        try {
            socket.getInputStream().transferTo(answer);
        } catch (SocketException reset) {
            // that is an end, too
        }
        return answer.toString(StandardCharsets.ISO_8859_1);
    }

    @Override
    public void close() throws IOException {
        if (!socket.isClosed()) {
            socket.setSoLinger(true, 0); // the service hears of it at once
            socket.close();
        }
    }
}
