package dev.afterimage.api.access;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.util.UUID;

/** No snapshot is of that group. */
public final class GroupNotFoundException extends ProblemException {

    public GroupNotFoundException(UUID groupId) {
        super(ProblemCode.SNAPSHOT_NOT_FOUND, "There is no snapshot of a group %s".formatted(groupId));
    }
}
