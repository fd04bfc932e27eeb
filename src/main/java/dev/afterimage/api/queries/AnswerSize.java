package dev.afterimage.api.queries;

import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Bounds what an answer takes in memory until it is known to be whole: before that a failure can still be told. */
final class AnswerSize {

    private static final long MOST_BYTES = 8 << 20;

    /** A number with what is around it. */
    private static final int BYTES_PER_VALUE = 16;

    private long bytes;

    /** @throws ProblemException QUERY_TOO_LARGE when these are too many */
    void add(List<@Nullable Object> row) {
        for (var value : row) {
            bytes += BYTES_PER_VALUE;
            if (value instanceof String text) {
                bytes += text.length();
            } else if (value instanceof byte[] blob) {
                bytes += blob.length;
            }
        }
        if (bytes > MOST_BYTES) {
            throw new ProblemException(Problem.of(
                    ProblemCode.QUERY_TOO_LARGE,
                    "The query was given up: its answer is larger than %d MB".formatted(MOST_BYTES >> 20)));
        }
    }
}
