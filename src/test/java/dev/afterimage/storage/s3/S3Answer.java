package dev.afterimage.storage.s3;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What becomes of a request at {@link S3Faults}. */
public sealed interface S3Answer {

    /** The server answers it. */
    record Pass() implements S3Answer {}

    /** The server gets another request, or the client another answer, which is held in memory for that. */
    record Changed(UnaryOperator<S3Request> request, UnaryOperator<Reply> reply) implements S3Answer {}

    /**
     * The server never sees it.
     *
     * @param ahead how far the storage's clock, which dates the answer, is ahead of ours
     */
    record Refused(int status, String code, Duration ahead) implements S3Answer {}

    /** Of several objects to delete the server sees some only; the others are still there, and the answer says of each why. */
    record Kept(Predicate<String> keys, String code) implements S3Answer {

        S3Request rest(S3Request request) {
            return request.deletingOnly(
                    request.deleted().stream().filter(keys.negate()).toList());
        }

        Reply tell(S3Request request, Reply reply) {
            var errors = request.deleted().stream()
                    .filter(keys)
                    .map("<Error><Key>%%s</Key><Code>%s</Code><Message>As the test says.</Message></Error>"
                            .formatted(code)::formatted)
                    .collect(Collectors.joining());
            return reply.with(Lists.intoResult(reply.text(), errors));
        }
    }

    /** The server does it; the connection ends after so many bytes of the answer's body. */
    record Cut(long bytes, Ending ending) implements S3Answer {}

    /** The server does it; the client gets no byte of an answer, as the connection ends. */
    record Lost(Ending ending) implements S3Answer {}

    /** The server never sees it: the connection ends at once. */
    record Dropped(Ending ending) implements S3Answer {}

    /** Nobody answers it for as long as the client is patient. */
    record Silence() implements S3Answer {}

    /** First so much time passes. */
    record Late(Duration by, S3Answer then) implements S3Answer {}

    /** How a connection ends: closed as if all were well, or reset. */
    enum Ending {
        CLOSED,
        RESET
    }

    /** An answer of the server's. */
    record Reply(HttpHead head, byte[] body) {

        String text() {
            return new String(body, StandardCharsets.UTF_8);
        }

        /** The same with another body, of that body's length. */
        Reply with(byte[] changed) {
            return new Reply(head, changed);
        }

        Reply with(String changed) {
            return with(changed.getBytes(StandardCharsets.UTF_8));
        }
    }

    static S3Answer pass() {
        return new Pass();
    }

    /** An error with its XML, such as 503 SlowDown. */
    static S3Answer refused(int status, String code) {
        return new Refused(status, code, Duration.ZERO);
    }

    /** The storage's clock, or ours, is wrong by more than 15 minutes. */
    static S3Answer skewed(Duration ahead) {
        return new Refused(403, "RequestTimeTooSkewed", ahead);
    }

    static S3Answer late(Duration by) {
        return new Late(by, pass());
    }

    /** A server that does not know a header, and takes no offence. */
    static S3Answer without(String header) {
        return new Changed(request -> request.without(header), reply -> reply);
    }

    /** Lists come in pages of so many keys. */
    static S3Answer pagesOf(int keys) {
        return new Changed(request -> request.with("max-keys", "" + keys), reply -> reply);
    }

    /** The body is shorter than asked for, and the answer's length says so, too. */
    static S3Answer shortened(int bytes) {
        return changed(reply -> reply.with(Arrays.copyOf(reply.body(), Math.min(bytes, reply.body().length))));
    }

    /** Of an object that a rule of the bucket has moved to an archive class: it can be looked at, and not read. */
    static S3Answer archived(S3Request request, String storageClass) {
        return switch (request.kind()) {
            case GET -> refused(403, "InvalidObjectState");
            case HEAD -> withHeaders("x-amz-storage-class", storageClass);
            default -> pass();
        };
    }

    /** The server answers, and the client is told more: names, each followed by its value. */
    static S3Answer withHeaders(String... namesAndValues) {
        return changed(reply -> {
            var head = reply.head();
            for (int i = 0; i < namesAndValues.length; i += 2) {
                head = head.with(namesAndValues[i], namesAndValues[i + 1]);
            }
            return new Reply(head, reply.body());
        });
    }

    static S3Answer changed(UnaryOperator<Reply> reply) {
        return new Changed(request -> request, reply);
    }

    /** 200, and in the body that it failed: of requests that take long, and are not done. */
    static S3Answer failedWithin200(String code) {
        return new Refused(200, code, Duration.ZERO);
    }

    /** A list that leaves out objects that are there. */
    static S3Answer listing(Predicate<String> keys) {
        return changed(reply -> reply.with(Lists.keep(reply.text(), keys)));
    }

    /** A list that is cut at half and does not say so. */
    static S3Answer halfAList() {
        return changed(reply -> reply.with(Lists.half(reply.text())));
    }

    static String error(String code) {
        return """
                <?xml version="1.0" encoding="UTF-8"?>
                <Error><Code>%s</Code><Message>As the test says.</Message><RequestId>kit</RequestId></Error>
                """.formatted(code).strip();
    }

    /** The XML of lists. */
    final class Lists {

        private static final Pattern ENTRY =
                Pattern.compile("<Contents>.*?<Key>(.*?)</Key>.*?</Contents>", Pattern.DOTALL);

        private Lists() {}

        static String keep(String list, Predicate<String> keys) {
            return ENTRY.matcher(list).replaceAll(found -> keys.test(found.group(1)) ? "$0" : "");
        }

        static String half(String list) {
            var keys = new ArrayList<String>();
            ENTRY.matcher(list).results().forEach(found -> keys.add(found.group(1)));
            List<String> first = keys.subList(0, keys.size() / 2);
            return keep(list, first::contains)
                    .replace("<IsTruncated>true</IsTruncated>", "<IsTruncated>false</IsTruncated>")
                    .replaceAll("<NextContinuationToken>.*?</NextContinuationToken>", "");
        }

        static String intoResult(String result, String more) {
            return result.contains("</DeleteResult>")
                    ? result.replace("</DeleteResult>", more + "</DeleteResult>")
                    : result.replaceFirst("<DeleteResult([^>]*)/>", "<DeleteResult$1>" + more + "</DeleteResult>");
        }
    }
}
