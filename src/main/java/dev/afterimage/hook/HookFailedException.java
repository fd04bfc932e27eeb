package dev.afterimage.hook;

import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A hook did not do what it should. */
public final class HookFailedException extends ProblemException {

    HookFailedException(Hook hook, String what, String output, @Nullable Throwable cause) {
        this(hook, what, ProblemCode.HOOK_FAILED.hint(), output, cause);
    }

    HookFailedException(Hook hook, String what, String hint, String output, @Nullable Throwable cause) {
        super(
                Problem.of(
                        ProblemCode.HOOK_FAILED,
                        "The hook %s %s".formatted(hook.title(), what),
                        hint,
                        Map.of("output", output)),
                cause);
    }
}
