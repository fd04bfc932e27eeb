package dev.afterimage.sqlite.capture;

import dev.afterimage.problem.ProblemException;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.SampleDatabases;
import dev.afterimage.sqlite.live.CaptureOptions;
import dev.afterimage.sqlite.live.HotJournals;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Captures in a process of its own, under limits that cannot be put on the tests' process; prints the outcome. Arguments: source,
 * staging, method, patience, what to do about hot journals; with patience "waiting" is printed first, when the first attempt has
 * failed or copies.
 */
public final class CapturingProcess {

    public static void main(String[] arguments) {
        var source = Path.of(arguments[0]);
        var staging = Path.of(arguments[1]);
        try {
            var patience = arguments.length > 3 ? Duration.parse(arguments[3]) : Duration.ZERO;
            var journals = arguments.length > 4 ? HotJournals.valueOf(arguments[4]) : HotJournals.SETTLE;
            var options = new CaptureOptions(patience, 0, journals, Clock.systemUTC());
            var method = arguments.length > 2 ? CopyBy.valueOf(arguments[2]) : CopyBy.ONLINE;
            var capture = method.run(source, staging, options, patience.isZero() ? PageProgress.NONE : told());
            System.out.println("SUCCEEDED");
            System.out.println(capture.notes());
        } catch (ProblemException e) {
            System.out.println(e.code());
            System.out.println(e.problem().hint());
            System.out.println(e.problem().detail());
        }
        System.out.println(SampleDatabases.filesIn(staging.getParent()));
    }

    private static PageProgress told() {
        var told = new AtomicBoolean();
        return (done, total) -> {
            if (!told.getAndSet(true)) {
                System.out.println("waiting");
            }
        };
    }

    private CapturingProcess() {}
}
