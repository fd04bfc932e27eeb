package dev.afterimage.storage.s3;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** One connection of a client to {@link S3Faults}. For each request there is a new one to the server. */
final class S3Connection {

    private static final int AT_ONCE = 64 * 1024;

    private final S3Faults faults;
    private final Socket client;
    private final InputStream in;
    private final OutputStream out;
    private long freeSince = System.nanoTime();
    private boolean isFirst = true;

    // of the request that is answered
    private boolean isContinued;
    private long unread;
    private S3Faults.Progress progress = new S3Faults.Progress();

    S3Connection(S3Faults faults, Socket client) throws IOException {
        this.faults = faults;
        this.client = client;
        this.in = new BufferedInputStream(client.getInputStream(), AT_ONCE);
        this.out = client.getOutputStream();
        client.setTcpNoDelay(true);
    }

    /** Answers one request after the other until either side has enough. */
    void serve() throws IOException {
        while (isMore()) {
            var head = HttpHead.read(in);
            if (head == null || !answer(head)) {
                return;
            }
        }
    }

    private boolean isMore() throws IOException {
        var most = faults.idleAtMost();
        client.setSoTimeout(most == null ? 0 : (int) most.toMillis());
        try {
            in.mark(1);
            boolean is = in.read() >= 0;
            in.reset();
            return is;
        } catch (SocketTimeoutException idle) {
            return false;
        } finally {
            client.setSoTimeout(0);
        }
    }

    private boolean answer(HttpHead head) throws IOException {
        isContinued = head.field("Expect").isEmpty();
        unread = head.length().orElse(0L);
        progress = new S3Faults.Progress();
        if (head.isChunked()) {
            throw new IOException("the length of a request's body is not known: " + head);
        }
        var kind = S3Request.kind(head);
        var idle = isFirst ? Duration.ZERO : Duration.ofNanos(System.nanoTime() - freeSince);
        isFirst = false;
        var body = head.word(0).equals("POST") ? readBody() : new byte[0];
        var request = new S3Request(head.without("Expect"), body, idle, faults.nextNumber(kind));
        faults.add(request, progress);
        boolean goesOn;
        try {
            goesOn = answer(request, faults.answer(request));
        } catch (RuntimeException | AssertionError e) { // of the test: it is to be seen there
            goesOn = refuse(request, new S3Answer.Refused(400, "" + e, Duration.ZERO));
        }
        freeSince = System.nanoTime();
        return goesOn
                && head.field("Connection").filter("close"::equalsIgnoreCase).isEmpty();
    }

    private boolean answer(S3Request request, S3Answer answer) throws IOException {
        return switch (answer) {
            case S3Answer.Pass _ -> pass(request, Long.MAX_VALUE);
            case S3Answer.Changed(var change, var edit) -> {
                var changed = change.apply(request);
                reply(request, edit.apply(ask(changed)));
                yield true;
            }
            case S3Answer.Kept kept -> {
                reply(request, kept.tell(request, askWhereThereIsMore(kept.rest(request))));
                yield true;
            }
            case S3Answer.Refused refused -> refuse(request, refused);
            case S3Answer.Cut(long bytes, var ending) -> {
                pass(request, bytes);
                yield end(ending);
            }
            case S3Answer.Lost(var ending) -> {
                ask(request);
                pause(faults.latency());
                yield end(ending);
            }
            case S3Answer.Dropped(var ending) -> end(ending);
            case S3Answer.Silence _ -> {
                drain();
                in.transferTo(OutputStream.nullOutputStream()); // until the client has enough
                yield false;
            }
            case S3Answer.Late(var wait, var then) -> {
                pause(wait);
                yield answer(request, then);
            }
        };
    }

    /** Passes it on, and as many bytes of the answer's body. */
    private boolean pass(S3Request request, long most) throws IOException {
        try (var server = send(request)) {
            var from = new BufferedInputStream(server.getInputStream(), AT_ONCE);
            var head = readHead(from);
            if (hasNoBody(request, head)) {
                reply(request, head, new byte[0]);
                return true;
            }
            if (head.length().isEmpty()) {
                var body = readBody(head, from);
                sendHead(head.without("Transfer-Encoding").with("Content-Length", "" + body.length));
                copy(new ByteArrayInputStream(body), Math.min(most, body.length));
                return true;
            }
            sendHead(head);
            copy(from, Math.min(most, head.length().get()));
            return true;
        }
    }

    private void copy(InputStream from, long bytes) throws IOException {
        var buffer = new byte[AT_ONCE];
        for (long left = bytes; left > 0; ) {
            int read = from.read(buffer, 0, (int) Math.min(left, buffer.length));
            if (read < 0) {
                throw new EOFException("the server's answer ends early");
            }
            progress.received += read;
            out.write(buffer, 0, read);
            left -= read;
        }
    }

    private S3Answer.Reply askWhereThereIsMore(S3Request request) throws IOException {
        if (!request.deleted().isEmpty()) {
            return ask(request);
        }
        return new S3Answer.Reply(
                new HttpHead("HTTP/1.1 200 OK", List.of()).with("Content-Type", "application/xml"),
                "<DeleteResult></DeleteResult>".getBytes(StandardCharsets.UTF_8));
    }

    /** The whole answer of the server. */
    private S3Answer.Reply ask(S3Request request) throws IOException {
        try (var server = send(request)) {
            var from = new BufferedInputStream(server.getInputStream(), AT_ONCE);
            var head = readHead(from);
            return new S3Answer.Reply(
                    head.without("Transfer-Encoding"), hasNoBody(request, head) ? new byte[0] : readBody(head, from));
        }
    }

    private Socket send(S3Request request) throws IOException {
        var head = request.isChanged() ? S3Signature.renew(request.head(), S3Server.SECRET_KEY) : request.head();
        var server = new Socket(
                InetAddress.getByName(faults.server().getHost()),
                faults.server().getPort());
        try {
            server.setTcpNoDelay(true);
            var to = server.getOutputStream();
            to.write(head.with("Connection", "close").encode());
            to.write(request.body());
            passBody(to);
            return server;
        } catch (IOException e) {
            server.close();
            throw e;
        }
    }

    /** What of the body was not read yet; a server that has enough of it may close before the end, and then has answered. */
    private void passBody(OutputStream to) throws IOException {
        continueBody();
        var buffer = new byte[AT_ONCE];
        boolean isWanted = true;
        while (unread > 0) {
            int read = readSome(buffer);
            if (isWanted) {
                try {
                    to.write(buffer, 0, read);
                } catch (IOException e) {
                    isWanted = false;
                }
            }
        }
    }

    private void drain() throws IOException {
        passBody(OutputStream.nullOutputStream());
    }

    private byte[] readBody() throws IOException {
        var body = new ByteArrayOutputStream();
        passBody(body);
        return body.toByteArray();
    }

    private int readSome(byte[] buffer) throws IOException {
        int read = in.read(buffer, 0, (int) Math.min(unread, buffer.length));
        if (read < 0) {
            throw new EOFException("the client ended in the middle of a body");
        }
        unread -= read;
        progress.sent += read;
        return read;
    }

    private void continueBody() throws IOException {
        if (!isContinued) {
            isContinued = true;
            pause(faults.latency());
            out.write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
        }
    }

    private static HttpHead readHead(InputStream from) throws IOException {
        while (true) {
            var head = HttpHead.read(from);
            if (head == null) {
                throw new EOFException("the server did not answer");
            }
            if (!head.word(1).startsWith("1")) {
                return head.without("Connection");
            }
        }
    }

    private static boolean hasNoBody(S3Request request, HttpHead head) {
        return request.head().word(0).equals("HEAD") || List.of("204", "304").contains(head.word(1));
    }

    private static byte[] readBody(HttpHead head, InputStream from) throws IOException {
        if (head.length().isPresent()) {
            return from.readNBytes(Math.toIntExact(head.length().get()));
        }
        if (!head.isChunked()) {
            return from.readAllBytes(); // the connection's end is the body's
        }
        var body = new ByteArrayOutputStream();
        for (int size = chunk(from); size > 0; size = chunk(from)) {
            body.write(from.readNBytes(size));
            line(from);
        }
        return body.toByteArray();
    }

    private static int chunk(InputStream from) throws IOException {
        return Integer.parseInt(line(from).replaceFirst(";.*", "").strip(), 16);
    }

    private static String line(InputStream from) throws IOException {
        var line = new StringBuilder();
        for (int one = from.read(); one != '\n'; one = from.read()) {
            if (one < 0) {
                throw new EOFException("the server's answer ends early");
            }
            line.append((char) one);
        }
        return line.toString();
    }

    /** Where the body was announced and not asked for yet, nobody knows whether it comes: the connection cannot go on. */
    private boolean refuse(S3Request request, S3Answer.Refused refused) throws IOException {
        boolean isBodySkipped = !isContinued;
        if (!isBodySkipped) {
            drain();
        }
        var date = DateTimeFormatter.RFC_1123_DATE_TIME.format(
                Instant.now().plus(refused.ahead()).atOffset(ZoneOffset.UTC));
        var head = new HttpHead("HTTP/1.1 %d As-the-test-says".formatted(refused.status()), List.of())
                .with("Date", date)
                .with("Content-Type", "application/xml");
        reply(
                request,
                isBodySkipped ? head.with("Connection", "close") : head,
                S3Answer.error(refused.code()).getBytes(StandardCharsets.UTF_8));
        return !isBodySkipped;
    }

    private void reply(S3Request request, S3Answer.Reply reply) throws IOException {
        reply(request, reply.head(), reply.body());
    }

    private void reply(S3Request request, HttpHead head, byte[] body) throws IOException {
        boolean isHead = request.head().word(0).equals("HEAD");
        var whole = hasNoBody(request, head) ? head : head.with("Content-Length", "" + body.length);
        sendHead(isHead && head.length().isEmpty() ? whole.with("Content-Length", "0") : whole);
        if (!hasNoBody(request, head)) {
            progress.received += body.length;
            out.write(body);
        }
    }

    private void sendHead(HttpHead head) throws IOException {
        pause(faults.latency());
        progress.status = Integer.parseInt(head.word(1));
        out.write(head.encode());
    }

    private boolean end(S3Answer.Ending ending) throws IOException {
        if (ending == S3Answer.Ending.RESET) {
            client.setSoLinger(true, 0);
        }
        client.close();
        return false;
    }

    private static void pause(Duration time) {
        long until = System.nanoTime() + time.toNanos();
        for (long left = time.toNanos(); left > 0; left = until - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }
}
