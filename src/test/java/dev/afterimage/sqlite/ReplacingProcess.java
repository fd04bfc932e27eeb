package dev.afterimage.sqlite;

import dev.afterimage.problem.ProblemException;
import java.nio.file.Path;
import java.time.Duration;

/** Replaces a live database in a process of its own. */
final class ReplacingProcess {

    /** Arguments: target, then sources that take turns for ever; or one source, for once, and the outcome is printed. */
    public static void main(String[] arguments) {
        var target = Path.of(arguments[0]);
        if (arguments.length == 2) {
            try {
                LiveReplace.run(target, Path.of(arguments[1]), Duration.ZERO, PageProgress.NONE);
                System.out.println("REPLACED");
            } catch (ProblemException e) {
                System.out.println(e.code());
                System.out.println(e.problem().detail());
            }
            return;
        }
        for (int turn = 0; true; turn++) {
            var source = Path.of(arguments[1 + turn % (arguments.length - 1)]);
            LiveReplace.run(target, source, Duration.ofSeconds(10), PageProgress.NONE);
            if (turn == 0) {
                System.out.println("replacing");
            }
        }
    }

    private ReplacingProcess() {}
}
