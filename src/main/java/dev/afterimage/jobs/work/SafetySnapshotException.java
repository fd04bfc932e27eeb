package dev.afterimage.jobs.work;

import dev.afterimage.problem.ProblemException;
import java.util.Map;

/** The database that is to be replaced is so damaged that no snapshot can be taken of it first. */
final class SafetySnapshotException extends ProblemException {

    private final ProblemException cause;

    SafetySnapshotException(ProblemException cause) {
        super(cause.code(), "No safety snapshot can be taken: " + cause.getMessage(), cause);
        this.cause = cause;
    }

    @Override
    protected String hint() {
        return "Repeat the restore with \"safetySnapshot\": false, or stop the application and use REPLACE_FILE, which keeps the"
                + " damaged file.";
    }

    @Override
    protected Map<String, Object> properties() {
        return cause.problem().properties();
    }
}
