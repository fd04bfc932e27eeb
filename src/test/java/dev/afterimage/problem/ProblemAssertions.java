package dev.afterimage.problem;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.Consumer;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.assertj.core.api.ThrowableAssertAlternative;
import org.assertj.core.api.ThrowableTypeAssert;

/** Tells what users would be told. */
public final class ProblemAssertions {

    private ProblemAssertions() {}

    /** For {@code satisfies}: a failure is a problem of that code. */
    public static Consumer<Throwable> problem(ProblemCode code) {
        return failure -> assertThat(failure)
                .isInstanceOfSatisfying(
                        ProblemException.class, e -> assertThat(e.code()).isEqualTo(code));
    }

    /** As {@code assertThatExceptionOfType}, with a code in the place of the type. */
    public static ThrowableTypeAssert<ProblemException> assertThatProblem(ProblemCode code) {
        return new ThrowableTypeAssert<>(ProblemException.class) {
            @Override
            public ThrowableAssertAlternative<ProblemException> isThrownBy(ThrowingCallable callable) {
                return super.isThrownBy(callable).satisfies(problem(code));
            }
        };
    }

    /** The same where several problems have the code: the detail has these words. */
    public static ThrowableTypeAssert<ProblemException> assertThatProblem(ProblemCode code, String words) {
        return new ThrowableTypeAssert<>(ProblemException.class) {
            @Override
            public ThrowableAssertAlternative<ProblemException> isThrownBy(ThrowingCallable callable) {
                return assertThatProblem(code).isThrownBy(callable).withMessageContaining(words);
            }
        };
    }
}
