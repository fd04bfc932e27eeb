package dev.afterimage.storage.s3;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What comes before the body of a request or an answer, as it is on the wire.
 *
 * @param first such as {@code GET /bucket/key HTTP/1.1} or {@code HTTP/1.1 200 OK}
 */
record HttpHead(String first, List<Field> fields) {

    record Field(String name, String value) {}

    private static final int MOST = 64 * 1024;

    HttpHead {
        fields = List.copyOf(fields);
    }

    /** Null when the connection has ended instead. */
    static @Nullable HttpHead read(InputStream in) throws IOException {
        var text = new StringBuilder();
        while (text.indexOf("\r\n\r\n", text.length() - 4) < 0) {
            int one = in.read();
            if (one < 0 && text.isEmpty()) {
                return null;
            }
            if (one < 0 || text.length() > MOST) {
                throw new EOFException("not the head of a message: " + text);
            }
            text.append((char) one);
        }
        var lines = text.toString().strip().split("\r\n");
        var fields = new ArrayList<Field>();
        for (int i = 1; i < lines.length; i++) {
            int colon = lines[i].indexOf(':');
            fields.add(new Field(
                    lines[i].substring(0, colon), lines[i].substring(colon + 1).strip()));
        }
        return new HttpHead(lines[0], fields);
    }

    /** A part of the first line. */
    String word(int index) {
        return first.split(" ")[index];
    }

    Optional<String> field(String name) {
        return fields.stream()
                .filter(field -> field.name().equalsIgnoreCase(name))
                .map(Field::value)
                .findFirst();
    }

    /** Bytes of its body; none where it does not say so. */
    Optional<Long> length() {
        return field("Content-Length").map(Long::valueOf);
    }

    boolean isChunked() {
        return field("Transfer-Encoding").filter("chunked"::equalsIgnoreCase).isPresent();
    }

    HttpHead withFirst(String line) {
        return new HttpHead(line, fields);
    }

    HttpHead without(String name) {
        return new HttpHead(
                first,
                fields.stream()
                        .filter(field -> !field.name().equalsIgnoreCase(name))
                        .toList());
    }

    HttpHead with(String name, String value) {
        return new HttpHead(
                first,
                Stream.concat(without(name).fields.stream(), Stream.of(new Field(name, value)))
                        .toList());
    }

    byte[] encode() {
        var text = new StringBuilder(first).append("\r\n");
        fields.forEach(field ->
                text.append(field.name()).append(": ").append(field.value()).append("\r\n"));
        return text.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
    }
}
