package dev.afterimage.api.http;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpRange;

/**
 * A part of a content, in bytes.
 *
 * @param partial whether a range was asked for
 * @param first offset of the first byte
 * @param length how many; at least 1
 * @param size of the whole content
 */
public record ByteRange(boolean partial, long first, long length, long size) {

    public static ByteRange whole(long size) {
        return new ByteRange(false, 0, size, size);
    }

    /**
     * What a {@code Range} header asks for. As <a href="https://www.rfc-editor.org/rfc/rfc9110#name-range">RFC 9110</a>
     * allows, one that cannot be understood is ignored, and several ranges at once are answered with the whole.
     *
     * @throws RangeNotSatisfiableException when the content has none of its bytes
     */
    public static ByteRange of(@Nullable String header, long size) {
        var ranges = parse(header);
        if (header == null || ranges.size() != 1) {
            return whole(size);
        }
        var range = ranges.getFirst();
        long first = range.getRangeStart(size);
        if (first >= size) {
            throw new RangeNotSatisfiableException(header, size);
        }
        return new ByteRange(true, first, range.getRangeEnd(size) - first + 1, size);
    }

    private static List<HttpRange> parse(@Nullable String header) {
        try {
            return HttpRange.parseRanges(header);
        } catch (IllegalArgumentException e) {
            return List.of(); // not a range of bytes, or malformed
        }
    }

    /** The value of the header {@code Content-Range}. */
    public String contentRange() {
        return "bytes %d-%d/%d".formatted(first, first + length - 1, size);
    }
}
