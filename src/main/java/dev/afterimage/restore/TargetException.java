package dev.afterimage.restore;

import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Why a target cannot be restored to. The target is as it was, unless the variant says otherwise. */
public sealed class TargetException extends ProblemException {

    TargetException(Problem problem) {
        super(problem);
    }

    private TargetException(Problem problem, Throwable cause) {
        super(problem, cause);
    }

    /** Another process has put a file there while the old one was away. The target is not as it was: the old file is elsewhere. */
    public static final class TakenMeanwhile extends TargetException {

        TakenMeanwhile(Path created, Path oldFiles) {
            super(Problem.of(
                    ProblemCode.TARGET_EXISTS,
                    "%s was created by another process while it was being replaced; the old files are in %s"
                            .formatted(created, oldFiles),
                    "Stop that process, see which of the files is wanted, and put the old ones back by mv, or restore again.",
                    Map.of("oldFiles", oldFiles.toString())));
        }
    }

    /** What was begun could not be undone: the target is not as it was. */
    public static final class Displaced extends TargetException {

        Displaced(Path target, Path folder, List<String> commands, IOException why) {
            super(
                    Problem.of(
                            ProblemCode.TARGET_DISPLACED,
                            "%s could not be replaced, and what was begun could not be undone (%s). Its old files are in %s"
                                    .formatted(target, why, folder),
                            Map.of("oldFiles", folder.toString(), "commands", List.copyOf(commands))),
                    why);
        }
    }

    /** It cannot be written. */
    public static final class Unwritable extends TargetException {
        Unwritable(Path target, IOException cause) {
            super(
                    Problem.of(ProblemCode.TARGET_UNWRITABLE, "%s cannot be written: %s".formatted(target, cause)),
                    cause);
        }
    }
}
