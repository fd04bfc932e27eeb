package dev.afterimage.backup;

import dev.afterimage.problem.ProblemException;
import java.util.HashMap;
import java.util.Map;

/** A group backup failed because of one of its databases. It has left no snapshot of any of them. */
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
        return cause.problem().hint();
    }

    @Override
    protected Map<String, Object> properties() {
        var properties = new HashMap<>(cause.problem().properties());
        properties.put("database", database);
        return properties;
    }
}
