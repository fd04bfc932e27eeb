package dev.afterimage.follow;

import dev.afterimage.follow.TimeLine.Edge;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A moment that cannot be restored, and the nearest ones that can. */
public final class MomentNotReachableException extends ProblemException {

    MomentNotReachableException(String database, String why, @Nullable Edge before, @Nullable Edge after) {
        super(Problem.of(
                ProblemCode.MOMENT_NOT_REACHABLE,
                "'%s' cannot be had as it was then: %s.%s%s"
                        .formatted(
                                database,
                                why,
                                before == null
                                        ? ""
                                        : " Before that, commit %d of %s can.".formatted(before.commit(), before.at()),
                                after == null
                                        ? ""
                                        : " After that, commit %d of %s can.".formatted(after.commit(), after.at())),
                facts(database, before, after)));
    }

    private static Map<String, Object> facts(String database, @Nullable Edge before, @Nullable Edge after) {
        var facts = new HashMap<String, Object>();
        facts.put("database", database);
        if (before != null) {
            facts.put(
                    "before",
                    Map.of("commit", before.commit(), "at", before.at().toString()));
        }
        if (after != null) {
            facts.put("after", Map.of("commit", after.commit(), "at", after.at().toString()));
        }
        return facts;
    }
}
