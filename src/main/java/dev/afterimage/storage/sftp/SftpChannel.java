package dev.afterimage.storage.sftp;

import dev.afterimage.storage.Rate;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;
import org.apache.sshd.sftp.client.SftpClient;
import org.apache.sshd.sftp.client.SftpClient.Handle;
import org.apache.sshd.sftp.client.SftpVersionSelector;
import org.apache.sshd.sftp.client.impl.DefaultSftpClient;
import org.apache.sshd.sftp.common.SftpConstants;
import org.apache.sshd.sftp.common.SftpException;

/**
 * A conversation in SFTP over a connection, in which many requests may be under way. In its version 3, which all servers speak, and which
 * says that a rename refuses a name that is taken. Safe for several threads.
 */
final class SftpChannel {

    /** Which every server takes in one packet. */
    private static final int PIECE = 32 << 10;

    /** So many pieces are on their way, so that a line with a long delay is used. */
    private static final int UNDER_WAY = 48;

    /** Beside a handle and the bytes. */
    private static final int OVERHEAD = 64;

    private static final String LINK = "hardlink@openssh.com";

    private final SftpSession session;
    private final DefaultSftpClient client;
    private final Duration timeout;
    private int users;

    /** @throws IOException when the server refuses one more, or does not answer in time */
    SftpChannel(SftpSession session, Duration timeout) throws IOException {
        this.session = session;
        this.timeout = timeout;
        this.client = new DefaultSftpClient(
                session.session(), SftpVersionSelector.fixedVersionSelector(SftpConstants.SFTP_V3), null);
    }

    SftpSession session() {
        return session;
    }

    /** Requests one after the other. */
    SftpClient files() {
        return client;
    }

    boolean isOpen() {
        return client.isOpen() && !client.isClosing();
    }

    /** How many use it now. Only its session asks, and counts. */
    int users() {
        return users;
    }

    void count(int more) {
        users += more;
    }

    /** At once: what is under way fails. */
    void abort() {
        client.getClientChannel().close(true);
    }

    boolean links() {
        return client.getServerExtensions().containsKey(LINK);
    }

    /** Gives a file a second name, by the extension of OpenSSH. */
    void link(String name, String second) throws IOException {
        var request = new ByteArrayBuffer(LINK.length() + name.length() + second.length() + OVERHEAD, false);
        request.putString(LINK);
        request.putString(name);
        request.putString(second);
        requireDone(receive(client.send(SftpConstants.SSH_FXP_EXTENDED, request)));
    }

    /**
     * Writes all of a local file.
     *
     * @throws UncheckedIOException when the file cannot be read
     */
    void write(Handle handle, FileChannel file, Rate rate) throws IOException {
        Queue<Integer> sent = new ArrayDeque<>();
        try {
            var piece = ByteBuffer.allocate(PIECE);
            for (long position = 0; readPiece(file, position, piece.clear()); position += piece.limit()) {
                if (sent.size() == UNDER_WAY) {
                    requireDone(receive(sent.remove()));
                }
                rate.take(piece.limit());
                var request = request(handle, position, piece.limit());
                request.putBytes(piece.array(), 0, piece.limit());
                sent.add(client.send(SftpConstants.SSH_FXP_WRITE, request));
            }
            while (!sent.isEmpty()) {
                requireDone(receive(sent.remove()));
            }
        } catch (SftpException e) {
            drop(sent);
            throw e;
        }
    }

    private static boolean readPiece(FileChannel file, long position, ByteBuffer piece) {
        try {
            while (piece.hasRemaining() && file.read(piece, position + piece.position()) >= 0) {}
            return piece.flip().hasRemaining();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Buffer request(Handle handle, long position, int bytes) {
        var identifier = handle.getIdentifier();
        var request = new ByteArrayBuffer(identifier.length + bytes + OVERHEAD, false);
        request.putBytes(identifier);
        request.putLong(position);
        return request;
    }

    /** What is asked for, in the order of the answers. */
    private record Asked(int id, int bytes) {}

    /** Reads until {@code target} is full or the file ends. After a failure, {@code target} has what came before it. */
    void read(Handle handle, long position, ByteBuffer target) throws IOException {
        Queue<Asked> asked = new ArrayDeque<>();
        long next = position;
        long end = position + target.remaining();
        try {
            while (true) {
                while (next < end && asked.size() < UNDER_WAY) {
                    int bytes = (int) Math.min(PIECE, end - next);
                    asked.add(ask(handle, next, bytes));
                    next += bytes;
                }
                if (asked.isEmpty()) {
                    return;
                }
                var expected = asked.remove();
                int came = put(receive(expected.id()), target);
                if (came < expected.bytes()) { // all that comes after it would be in the wrong place
                    drop(asked.stream().map(Asked::id).toList());
                    asked.clear();
                    next = end - target.remaining();
                }
                if (came < 0) {
                    return;
                }
            }
        } catch (SftpException e) {
            drop(asked.stream().map(Asked::id).toList());
            throw e;
        }
    }

    private Asked ask(Handle handle, long position, int bytes) throws IOException {
        var request = request(handle, position, 0);
        request.putInt(bytes);
        return new Asked(client.send(SftpConstants.SSH_FXP_READ, request), bytes);
    }

    /** How many bytes the answer has; negative at the end. */
    private static int put(Buffer answer, ByteBuffer target) throws IOException {
        if (type(answer) == SftpConstants.SSH_FXP_DATA) {
            int bytes = answer.getInt();
            if (bytes <= 0 || bytes > target.remaining() || bytes > answer.available()) {
                throw new IOException("An answer has %d bytes of %d".formatted(bytes, target.remaining()));
            }
            target.put(answer.array(), answer.rpos(), bytes);
            return bytes;
        }
        var status = status(answer);
        if (status.getStatus() == SftpConstants.SSH_FX_EOF) {
            return -1;
        }
        throw status;
    }

    private Buffer receive(int id) throws IOException {
        var answer = client.receive(id, timeout);
        if (answer == null) {
            abort(); // so that nobody waits for the next one as long
            throw new IOException("no answer for %d s".formatted(timeout.toSeconds()));
        }
        return answer;
    }

    /** Takes answers that nobody needs, which would else be kept. When one does not come, the channel is of no use. */
    private void drop(Iterable<Integer> ids) {
        for (int id : ids) {
            try {
                receive(id);
            } catch (IOException e) {
                abort();
                return;
            }
        }
    }

    /** Of an answer that was not looked at yet. */
    private static int type(Buffer answer) {
        answer.getInt(); // its length
        int type = answer.getUByte();
        answer.getInt(); // its id
        return type;
    }

    private static SftpException status(Buffer rest) {
        int code = rest.getInt();
        return new SftpException(code, rest.available() > 0 ? rest.getString() : SftpConstants.getStatusName(code));
    }

    private static void requireDone(Buffer answer) throws IOException {
        if (type(answer) != SftpConstants.SSH_FXP_STATUS) {
            throw new IOException("An answer that was not asked for");
        }
        var status = status(answer);
        if (status.getStatus() != SftpConstants.SSH_FX_OK) {
            throw status;
        }
    }
}
