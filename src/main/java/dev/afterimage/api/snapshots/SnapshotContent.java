package dev.afterimage.api.snapshots;

import dev.afterimage.api.http.ByteRange;
import dev.afterimage.api.http.RangeNotSatisfiableException;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ContentDisposition;
import org.springframework.http.ETag;
import org.springframework.http.HttpHeaders;

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
     * Whether the client has it already; the response then is a complete 304. The conditions are looked at in the order of <a
     * href="https://www.rfc-editor.org/rfc/rfc9110#section-13.2.2">RFC 9110, section 13.2.2</a>.
     *
     * @throws ProblemException PRECONDITION_FAILED when the client wants another one
     */
    boolean notModified(HttpServletRequest request, HttpServletResponse response) {
        if (!isWanted(request)) {
            throw new ProblemException(Problem.of(ProblemCode.PRECONDITION_FAILED, "The content's ETag is " + etag()));
        }
        response.setHeader(HttpHeaders.ETAG, etag());
        response.setDateHeader(HttpHeaders.LAST_MODIFIED, lastModified().toEpochMilli());
        boolean known = isKnown(request);
        if (known) {
            response.setStatus(HttpServletResponse.SC_NOT_MODIFIED);
        }
        return known;
    }

    /** With an If-Match, the date of an If-Unmodified-Since says nothing. */
    private boolean isWanted(HttpServletRequest request) {
        var etags = etags(request, HttpHeaders.IF_MATCH);
        if (!etags.isEmpty()) {
            return matches(etags, true);
        }
        var unmodifiedSince = time(request, HttpHeaders.IF_UNMODIFIED_SINCE);
        return unmodifiedSince == null || !lastModified().isAfter(unmodifiedSince);
    }

    /** With an If-None-Match, the date of an If-Modified-Since says nothing. */
    private boolean isKnown(HttpServletRequest request) {
        var etags = etags(request, HttpHeaders.IF_NONE_MATCH);
        if (!etags.isEmpty()) {
            return matches(etags, false);
        }
        var modifiedSince = time(request, HttpHeaders.IF_MODIFIED_SINCE);
        return modifiedSince != null && !lastModified().isAfter(modifiedSince);
    }

    private static List<String> etags(HttpServletRequest request, String header) {
        return Collections.list(request.getHeaders(header));
    }

    private boolean matches(List<String> headers, boolean strong) {
        var etag = ETag.create(etag());
        return headers.stream()
                .flatMap(header -> ETag.parse(header).stream())
                .anyMatch(wanted -> wanted.isWildcard() || wanted.compare(etag, strong));
    }

    /** Null also when it is no HTTP date: such a condition is ignored. */
    private static @Nullable Instant time(HttpServletRequest request, String header) {
        try {
            long millis = request.getDateHeader(header);
            return millis == -1 ? null : Instant.ofEpochMilli(millis);
        } catch (IllegalArgumentException e) {
            return null;
        }
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
                : lastModified().equals(time(request, HttpHeaders.IF_RANGE));
    }

    void writeHeaders(ByteRange range, HttpServletResponse response) {
        response.setStatus(range.partial() ? HttpServletResponse.SC_PARTIAL_CONTENT : HttpServletResponse.SC_OK);
        response.setContentType(MEDIA_TYPE);
        response.setContentLengthLong(range.length());
        response.setHeader(HttpHeaders.ACCEPT_RANGES, "bytes");
        response.setHeader(HttpHeaders.CONTENT_DISPOSITION, disposition("db"));
        if (range.partial()) {
            response.setHeader(HttpHeaders.CONTENT_RANGE, range.contentRange());
        }
        if (snapshot.content().sha256() != null) {
            var digest = HexFormat.of().parseHex(snapshot.content().sha256());
            response.setHeader("Repr-Digest", "sha-256=:" + Base64.getEncoder().encodeToString(digest) + ":");
        }
    }

    /** A name for the file that it is saved in. */
    String disposition(String extension) {
        var time = COMPACT.format(snapshot.createdAt());
        var name = "%s-%s.%s".formatted(snapshot.databaseName(), time, extension);
        return ContentDisposition.attachment().filename(name).build().toString();
    }

    /** HTTP dates have whole seconds. */
    private Instant lastModified() {
        return snapshot.createdAt().truncatedTo(ChronoUnit.SECONDS);
    }
}
