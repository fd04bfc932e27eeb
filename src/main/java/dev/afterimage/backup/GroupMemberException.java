package dev.afterimage.backup;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.util.HashMap;
import java.util.Map;

/** A group backup failed because one of its databases could not be captured. It has left no snapshot of any of them. */
public final class GroupMemberException extends ProblemException {

    private final String database;
    private final ProblemException cause;

    GroupMemberException(String database, ProblemException cause) {
        super(cause.code(), "'%s': %s".formatted(database, cause.getMessage()), cause);
        this.database = database;
        this.cause = cause;
    }

    @Override
    protected String hint() {
        return cause.code() == ProblemCode.METHOD_NOT_POSSIBLE
                ? "A group is taken by SCAN, which cannot capture this database as it is. Back up the others without it,"
                        + " and this one by itself."
                : cause.problem().hint();
    }

    @Override
    protected Map<String, Object> properties() {
        var properties = new HashMap<>(cause.problem().properties());
        properties.put("database", database);
        return properties;
    }
}
