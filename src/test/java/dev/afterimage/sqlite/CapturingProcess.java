package dev.afterimage.sqlite;

import dev.afterimage.problem.ProblemException;
import java.nio.file.Path;
import java.time.Duration;

/** Captures in a process of its own, under limits that cannot be put on the tests' process; prints the problem. */
final class CapturingProcess {

    public static void main(String[] arguments) {
        var source = Path.of(arguments[0]);
        var staging = Path.of(arguments[1]);
        try {
            var options = new CaptureOptions(Duration.ZERO, 0);
            if (arguments.length > 2 && arguments[2].equals("VACUUM")) {
                VacuumCopy.run(source, staging, options, PageProgress.NONE);
            } else {
                OnlineCopy.run(source, staging, options, PageProgress.NONE);
            }
            System.out.println("SUCCEEDED");
        } catch (ProblemException e) {
            System.out.println(e.code());
            System.out.println(e.problem().hint());
            System.out.println(e.problem().detail());
        }
        System.out.println(SampleDatabases.filesIn(staging.getParent()));
    }

    private CapturingProcess() {}
}
