package dev.afterimage.api.access;

import dev.afterimage.access.Audit;
import dev.afterimage.access.AuditEntry;
import dev.afterimage.access.RepeatedRefusals;
import dev.afterimage.api.http.LogText;
import dev.afterimage.api.http.Needs;
import dev.afterimage.problem.ProblemCode;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.HandlerInterceptor;

/**
 * Records requests that change something, that give out the content of a database, or that are refused: in the catalog, and
 * as one line of the log each. Crash order: that a change is wanted is recorded before it begins, so nothing is changed
 * without an entry; how it ended is noted once that is known, so who dies in between leaves an entry without a status.
 */
@Component
class AuditTrail implements HandlerInterceptor {

    private static final Logger log = LoggerFactory.getLogger(AuditTrail.class);
    private static final Logger lines = LoggerFactory.getLogger("afterimage.audit");

    private final Audit audit;
    private final RepeatedRefusals repeated;
    private final AuditEntries entries;

    AuditTrail(Audit audit, RepeatedRefusals repeated, AuditEntries entries) {
        this.audit = audit;
        this.repeated = repeated;
        this.entries = entries;
    }

    @Override
    public boolean preHandle(HttpServletRequest request, HttpServletResponse response, Object handler) {
        var needs = needs(request, handler);
        if (needs != null && needs.givesContent()) {
            beginReading(request, handler);
        } else if (needs != null && entries.changes(request, needs)) {
            begin(request, handler); // what cannot be recorded is not done
        }
        return true;
    }

    private static @Nullable Needs needs(HttpServletRequest request, Object handler) {
        return request.getDispatcherType() == DispatcherType.REQUEST && handler instanceof HandlerMethod operation
                ? operation.getMethodAnnotation(Needs.class)
                : null;
    }

    /** A download that cannot be recorded is made all the same: it may be what saves the day. */
    private void beginReading(HttpServletRequest request, Object handler) {
        try {
            begin(request, handler);
        } catch (RuntimeException e) {
            log.error("{} is read, and that could not be recorded", LogText.of(request.getRequestURI()), e);
        }
    }

    private void begin(HttpServletRequest request, Object handler) {
        var entry = entries.of(request, (HandlerMethod) handler);
        audit.add(entry);
        request.setAttribute(AuditEntry.class.getName(), entry);
    }

    @Override
    public void afterCompletion(
            HttpServletRequest request, HttpServletResponse response, Object handler, @Nullable Exception e) {
        var needs = needs(request, handler);
        if (request.getAttribute(AuditEntry.class.getName()) instanceof AuditEntry begun) {
            request.removeAttribute(AuditEntry.class.getName()); // the page of an error ends after it once more
            end(request, response, begun);
        } else if (needs != null && needs.everybody()) {
            signedInOrOut(request, response, handler);
        } else if (needs != null && (isForbidden(response) || entries.mayBeSearch(request))) {
            var refused = entries.of(request, (HandlerMethod) handler);
            record(
                    refused.ended(entries.outcome(request, response), refused.databases(), null),
                    !isForbidden(response));
        }
    }

    /** Who signs in is known only afterwards, and who tried in vain is not. */
    private void signedInOrOut(HttpServletRequest request, HttpServletResponse response, Object handler) {
        var entry = entries.of(request, (HandlerMethod) handler);
        boolean known = entry.callerId() != null;
        if (known || isUnauthenticated(response) || isForbidden(response)) {
            record(entry.ended(entries.outcome(request, response), List.of(), null), !known);
        }
    }

    private static boolean isUnauthenticated(HttpServletResponse response) {
        return response.getStatus() == HttpStatus.UNAUTHORIZED.value();
    }

    private static boolean isForbidden(HttpServletResponse response) {
        return response.getStatus() == HttpStatus.FORBIDDEN.value();
    }

    /** The answer is on its way, so a failure of this can only be told to the log. */
    private void end(HttpServletRequest request, HttpServletResponse response, AuditEntry begun) {
        try {
            var made = response.getHeader(HttpHeaders.LOCATION);
            var ended = begun.ended(entries.outcome(request, response), entries.databases(begun, made), made);
            tell(ended);
            audit.end(ended);
        } catch (RuntimeException e) {
            log.error("How request {} ended could not be recorded", begun.requestId(), e);
        }
    }

    /** Records a request that was refused before it was clear what it wants. */
    void refused(HttpServletRequest request, HttpServletResponse response) {
        var refused = entries.of(request, null);
        boolean byPageOfOthers = request.getAttribute(ProblemCode.class.getName()) == ProblemCode.CROSS_ORIGIN;
        record(
                refused.ended(entries.outcome(request, response), List.of(), null),
                refused.callerId() == null || byPageOfOthers);
    }

    /** It was refused, and stays so when that cannot be recorded. */
    private void record(AuditEntry refused, boolean countedWithOthers) {
        try {
            if (!countedWithOthers) {
                audit.add(refused);
                tell(refused);
            } else if (repeated.refused(refused)) {
                tell(refused);
            }
        } catch (RuntimeException e) {
            log.error("The refusal of request {} could not be recorded", refused.requestId(), e);
        }
    }

    private static void tell(AuditEntry entry) {
        var outcome = entry.outcome();
        lines.info(
                "{} {} {}: {} {}, by {} ({}) from {}, databases {}, made {}, request {}",
                text(entry.operation()),
                entry.method(),
                text(entry.path()),
                text(outcome == null ? null : outcome.status()),
                text(outcome == null ? null : outcome.code()),
                text(entry.callerName()),
                text(entry.callerId()),
                text(entry.address()),
                text(entry.databases()),
                text(entry.made()),
                entry.requestId());
    }

    /** A hyphen for what there is not, as logs of web servers have it. */
    private static String text(@Nullable Object value) {
        return value == null ? "-" : LogText.of(value.toString());
    }
}
