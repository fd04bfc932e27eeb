package dev.afterimage.cli;

import dev.afterimage.problem.ProblemException;
import java.util.concurrent.CancellationException;
import picocli.CommandLine;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ParseResult;

/** What a user gets to see of a command that failed. The hints of problems speak of the API, so they are not told here. */
final class Failures implements IExecutionExceptionHandler {

    @Override
    public int handleExecutionException(Exception failure, CommandLine command, ParseResult arguments) {
        var err = command.getErr();
        if (failure instanceof ProblemException problem) {
            err.printf("%s: %s: %s%n", command.getCommandName(), problem.code(), problem.getMessage());
        } else if (!(failure instanceof CancellationException)) { // that was the user's wish
            failure.printStackTrace(err); // a defect, and then this is what its report needs
        }
        err.flush();
        return ExitCode.SOFTWARE;
    }
}
