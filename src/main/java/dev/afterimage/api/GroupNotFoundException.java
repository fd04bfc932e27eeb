package dev.afterimage.api;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.util.UUID;

/** No snapshot is of that group. */
final class GroupNotFoundException extends ProblemException {

    GroupNotFoundException(UUID groupId) {
        super(ProblemCode.SNAPSHOT_NOT_FOUND, "There is no snapshot of a group %s".formatted(groupId));
    }
}
