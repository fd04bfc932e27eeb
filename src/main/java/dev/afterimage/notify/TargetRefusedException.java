package dev.afterimage.notify;

import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.net.URI;

/** Nothing may be sent there. */
public final class TargetRefusedException extends ProblemException {

    /** Names the host only: whoever knows the rest of such a URL may often post to it, and problems end up in logs. */
    TargetRefusedException(URI url, String why) {
        this(String.valueOf(url.getHost()), why);
    }

    TargetRefusedException(String host, String why) {
        super(Problem.of(ProblemCode.WEBHOOK_TARGET_REFUSED, "Nothing is sent to '%s': %s".formatted(host, why)));
    }
}
