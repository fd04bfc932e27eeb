package dev.afterimage.api;

import dev.afterimage.catalog.Snapshot;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.HexFormat;
import org.springframework.http.ContentDisposition;
import org.springframework.http.ETag;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.web.context.request.ServletWebRequest;

/**
 * A snapshot's file as a representation in the sense of <a href="https://www.rfc-editor.org/rfc/rfc9110">RFC 9110</a>: what
 * its headers say, and which conditional and partial requests it meets. It never changes.
 */
record SnapshotContent(Snapshot snapshot) {

    static final String MEDIA_TYPE = "application/vnd.sqlite3";
    private static final DateTimeFormatter COMPACT =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

    String etag() {
        return "\"" + snapshot.content().treeDigest() + "\"";
    }

    /**
     * Whether the client has it already; the response then is a complete 304.
     *
     * @throws PreconditionFailedException when the client wants another one
     */
    boolean notModified(HttpServletRequest request, HttpServletResponse response) {
        var ifMatch = request.getHeader(HttpHeaders.IF_MATCH);
        if (ifMatch != null && ETag.parse(ifMatch).stream().noneMatch(this::matches)) {
            throw new PreconditionFailedException(etag());
        }
        boolean done = new ServletWebRequest(request, response).checkNotModified(etag(), lastModifiedMillis());
        if (response.getStatus() == HttpStatus.PRECONDITION_FAILED.value()) {
            throw new PreconditionFailedException(etag());
        }
        return done;
    }

    private boolean matches(ETag wanted) {
        return wanted.isWildcard() || wanted.compare(ETag.create(etag()), true);
    }

    /**
     * The part that a GET asks for.
     *
     * @throws RangeNotSatisfiableException when it lies outside
     */
    ByteRange range(HttpServletRequest request) {
        long size = snapshot.content().sizeBytes();
        boolean partial = request.getMethod().equals("GET") && sameAsIfRange(request);
        return partial ? ByteRange.of(request.getHeader(HttpHeaders.RANGE), size) : ByteRange.whole(size);
    }

    /** Without a match the client's part is of something else, so it gets the whole. */
    private boolean sameAsIfRange(HttpServletRequest request) {
        var ifRange = request.getHeader(HttpHeaders.IF_RANGE);
        if (ifRange == null) {
            return true;
        }
        return ifRange.startsWith("\"")
                ? ifRange.equals(etag())
                : ifRange.equals(DateTimeFormatter.RFC_1123_DATE_TIME.format(
                        lastModified().atOffset(ZoneOffset.UTC)));
    }

    void writeHeaders(ByteRange range, HttpServletResponse response) {
        response.setStatus(range.partial() ? HttpServletResponse.SC_PARTIAL_CONTENT : HttpServletResponse.SC_OK);
        response.setContentType(MEDIA_TYPE);
        response.setContentLengthLong(range.length());
        response.setHeader(HttpHeaders.ACCEPT_RANGES, "bytes");
        response.setHeader(HttpHeaders.CONTENT_DISPOSITION, disposition());
        if (range.partial()) {
            response.setHeader(HttpHeaders.CONTENT_RANGE, range.contentRange());
        }
        if (snapshot.content().sha256() != null) {
            var digest = HexFormat.of().parseHex(snapshot.content().sha256());
            response.setHeader("Repr-Digest", "sha-256=:" + Base64.getEncoder().encodeToString(digest) + ":");
        }
    }

    private String disposition() {
        var name = "%s-%s.db".formatted(snapshot.databaseName(), COMPACT.format(snapshot.createdAt()));
        return ContentDisposition.attachment().filename(name).build().toString();
    }

    private Instant lastModified() {
        return snapshot.createdAt();
    }

    private long lastModifiedMillis() {
        return lastModified().toEpochMilli();
    }
}
