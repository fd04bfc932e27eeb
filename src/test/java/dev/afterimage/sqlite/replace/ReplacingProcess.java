package dev.afterimage.sqlite.replace;

import dev.afterimage.problem.ProblemException;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.live.HotJournals;
import java.nio.file.Path;
import java.time.Duration;

/** Replaces a live database in a process of its own. */
final class ReplacingProcess {

    /** Arguments: target, then sources that take turns for ever; or one source, for once, and the outcome is printed. */
    public static void main(String[] arguments) {
        var target = Path.of(arguments[0]);
        if (arguments.length == 2) {
            try {
                replace(target, Path.of(arguments[1]), Duration.ZERO);
                System.out.println("REPLACED");
            } catch (ProblemException e) {
                System.out.println(e.code());
                System.out.println(e.problem().detail());
            }
            return;
        }
        for (int turn = 0; true; turn++) {
            var source = Path.of(arguments[1 + turn % (arguments.length - 1)]);
            replace(target, source, Duration.ofSeconds(10));
            if (turn == 0) {
                System.out.println("replacing");
            }
        }
    }

    private static void replace(Path target, Path source, Duration patience) {
        try (var replacement = LiveReplace.of(target, HotJournals.SETTLE)) {
            replacement.run(source, patience, WhenChanged.NONE, PageProgress.NONE);
        }
    }

    private ReplacingProcess() {}
}
