package dev.afterimage.storage.s3;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** A request that a client has sent to {@link S3Faults}, as it came. */
public final class S3Request {

    /** What it asks for. */
    public enum Kind {
        GET,
        HEAD,
        PUT,
        COPY,
        DELETE,
        DELETE_SEVERAL,
        LIST,
        BEGIN_UPLOAD,
        PUT_PART,
        COMPLETE_UPLOAD,
        ABORT_UPLOAD,
        LIST_PARTS,
        LIST_UPLOADS,
        /** Anything else about a bucket, such as whether it is there. */
        BUCKET
    }

    private static final Pattern DELETED = Pattern.compile("<Object>.*?<Key>(.*?)</Key>.*?</Object>", Pattern.DOTALL);

    private final HttpHead head;
    private final byte[] body;
    private final Duration idle;
    private final int number;
    private final boolean isChanged;

    /**
     * @param body of a POST; that of others is passed on without being looked at
     * @param number from 1, of its kind
     */
    S3Request(HttpHead head, byte[] body, Duration idle, int number) {
        this(head, body, idle, number, false);
    }

    private S3Request(HttpHead head, byte[] body, Duration idle, int number, boolean isChanged) {
        this.isChanged = isChanged;
        this.head = head;
        this.body = body;
        this.idle = idle;
        this.number = number;
    }

    HttpHead head() {
        return head;
    }

    byte[] body() {
        return body;
    }

    private S3Request with(HttpHead changed) {
        return new S3Request(changed, body, idle, number, true);
    }

    /** Whether it is not as the client has signed it. */
    boolean isChanged() {
        return isChanged;
    }

    public Kind kind() {
        return kind(head);
    }

    static Kind kind(HttpHead head) {
        var request = new S3Request(head, new byte[0], Duration.ZERO, 0);
        boolean isUpload = request.query("uploadId").isPresent();
        if (request.key().isEmpty()) {
            return kindOfBucket(request);
        }
        return switch (head.word(0)) {
            case "GET" -> isUpload ? Kind.LIST_PARTS : Kind.GET;
            case "HEAD" -> Kind.HEAD;
            case "PUT" ->
                isUpload ? Kind.PUT_PART : head.field("x-amz-copy-source").isPresent() ? Kind.COPY : Kind.PUT;
            case "POST" -> isUpload ? Kind.COMPLETE_UPLOAD : Kind.BEGIN_UPLOAD;
            case "DELETE" -> isUpload ? Kind.ABORT_UPLOAD : Kind.DELETE;
            default -> throw new IllegalArgumentException(head.first());
        };
    }

    private static Kind kindOfBucket(S3Request request) {
        var method = request.head.word(0);
        if (method.equals("POST") && request.query("delete").isPresent()) {
            return Kind.DELETE_SEVERAL;
        }
        if (method.equals("GET") && request.query("uploads").isPresent()) {
            return Kind.LIST_UPLOADS;
        }
        boolean isList = request.target().matches("[^?]*(\\?.*(list-type|prefix|max-keys|delimiter)=.*)?");
        return method.equals("GET") && isList ? Kind.LIST : Kind.BUCKET;
    }

    /** Which of its kind it is, from 1, since the counts were last forgotten. */
    public int number() {
        return number;
    }

    /** How long its connection had nothing to do before it; zero for the first of a connection. */
    public Duration idle() {
        return idle;
    }

    String target() {
        return head.word(1);
    }

    /** What is asked for: the object's key, empty where it is about the bucket. */
    public String key() {
        var path = target().replaceFirst("\\?.*", "");
        int slash = path.indexOf('/', 1);
        return slash < 0 ? "" : decode(path.substring(slash + 1));
    }

    /** The value of a parameter, empty where it has none; nothing where it is not there. */
    public Optional<String> query(String name) {
        int mark = target().indexOf('?');
        if (mark < 0) {
            return Optional.empty();
        }
        return List.of(target().substring(mark + 1).split("&")).stream()
                .filter(part -> part.equals(name) || part.startsWith(name + "="))
                .map(part -> part.equals(name) ? "" : decode(part.substring(name.length() + 1)))
                .findFirst();
    }

    private static String decode(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    public Optional<String> header(String name) {
        return head.field(name);
    }

    /** Whether the body is in AWS's own chunks, or has a trailer, which not all servers know. */
    public boolean isInAwsChunks() {
        return header("Content-Encoding")
                        .filter(value -> value.contains("aws-chunked"))
                        .isPresent()
                || header("x-amz-trailer").isPresent()
                || header("x-amz-content-sha256")
                        .filter(value -> value.startsWith("STREAMING-"))
                        .isPresent();
    }

    /** The keys that a {@link Kind#DELETE_SEVERAL} names. */
    public List<String> deleted() {
        return DELETED.matcher(new String(body, StandardCharsets.UTF_8))
                .results()
                .map(found -> found.group(1))
                .toList();
    }

    /** The same without a header. */
    public S3Request without(String header) {
        return with(head.without(header));
    }

    /** The key that has signed it. */
    public String accessKey() {
        return header("Authorization").orElse("").replaceFirst(".*Credential=([^/]*)/.*", "$1");
    }

    /** The same as the kit's own key would have signed it, which the server knows. */
    public S3Request signedAnew() {
        var authorization = header("Authorization").orElseThrow();
        return with(head.with("Authorization", authorization.replace(accessKey() + "/", S3Server.ACCESS_KEY + "/")));
    }

    /** The same with a parameter of this value, and only of this. */
    public S3Request with(String parameter, String value) {
        var words = head.first().split(" ");
        int mark = words[1].indexOf('?');
        var parts = new ArrayList<String>();
        if (mark >= 0) {
            parts.addAll(List.of(words[1].substring(mark + 1).split("&")));
        }
        parts.removeIf(part -> part.startsWith(parameter + "="));
        parts.add(parameter + "=" + value);
        var path = mark < 0 ? words[1] : words[1].substring(0, mark);
        return with(head.withFirst("%s %s?%s %s".formatted(words[0], path, String.join("&", parts), words[2])));
    }

    /** The same {@link Kind#DELETE_SEVERAL} of some of its keys only. */
    S3Request deletingOnly(List<String> keys) {
        var changed = DELETED.matcher(new String(body, StandardCharsets.UTF_8))
                .replaceAll(found -> keys.contains(found.group(1)) ? "$0" : "")
                .getBytes(StandardCharsets.UTF_8);
        var fields = head;
        for (var field : head.fields()) {
            if (field.name().toLowerCase(Locale.ROOT).startsWith("x-amz-checksum-")) {
                fields = fields.without(field.name());
            }
        }
        fields = fields.without("x-amz-sdk-checksum-algorithm")
                .with("Content-Length", "" + changed.length)
                .with("Content-MD5", Base64.getEncoder().encodeToString(digest("MD5", changed)))
                .with("x-amz-content-sha256", HexFormat.of().formatHex(digest("SHA-256", changed)));
        return new S3Request(fields, changed, idle, number, true);
    }

    static byte[] digest(String algorithm, byte[] bytes) {
        try {
            return MessageDigest.getInstance(algorithm).digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public String toString() {
        return "%s %s".formatted(kind(), target());
    }
}
