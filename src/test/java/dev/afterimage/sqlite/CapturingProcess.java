package dev.afterimage.sqlite;

import dev.afterimage.problem.ProblemException;
import java.nio.file.Path;
import java.time.Duration;

/** Captures in a process of its own, under limits that cannot be put on the tests' process; prints the outcome. */
final class CapturingProcess {

    public static void main(String[] arguments) {
        var source = Path.of(arguments[0]);
        var staging = Path.of(arguments[1]);
        try {
            var options = new CaptureOptions(Duration.ZERO, 0);
            var method = arguments.length > 2 ? CopyBy.valueOf(arguments[2]) : CopyBy.ONLINE;
            var capture = method.run(source, staging, options, PageProgress.NONE);
            System.out.println("SUCCEEDED");
            System.out.println(capture.notes());
        } catch (ProblemException e) {
            System.out.println(e.code());
            System.out.println(e.problem().hint());
            System.out.println(e.problem().detail());
        }
        System.out.println(SampleDatabases.filesIn(staging.getParent()));
    }

    private CapturingProcess() {}
}
