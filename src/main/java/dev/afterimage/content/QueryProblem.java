package dev.afterimage.content;

import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import org.jspecify.annotations.Nullable;

/** What is wrong with a query, as users are told. */
final class QueryProblem {

    private QueryProblem() {}

    static ProblemException refused(String why) {
        return refused(why, null);
    }

    static ProblemException refused(String why, @Nullable Throwable cause) {
        return problem(ProblemCode.QUERY_REFUSED, "The query was not run: " + why, cause);
    }

    /** SQLite gave up on it. */
    static ProblemException failed(String why, Throwable cause) {
        return problem(ProblemCode.QUERY_REFUSED, "SQLite cannot answer the query: " + why, cause);
    }

    static ProblemException tooLarge(String why, @Nullable Throwable cause) {
        return problem(ProblemCode.QUERY_TOO_LARGE, "The query was given up: " + why, cause);
    }

    static ProblemException tooSlow(String why, @Nullable Throwable cause) {
        return problem(ProblemCode.QUERY_TOO_SLOW, "The query was given up: " + why, cause);
    }

    private static ProblemException problem(ProblemCode code, String detail, @Nullable Throwable cause) {
        return new ProblemException(Problem.of(code, detail), cause);
    }
}
