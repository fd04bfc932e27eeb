package dev.afterimage.notify;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.util.UUID;

/** There is no such webhook. */
public final class WebhookNotFoundException extends ProblemException {

    WebhookNotFoundException(UUID id) {
        super(ProblemCode.WEBHOOK_NOT_FOUND, "There is no webhook '%s'".formatted(id));
    }
}
