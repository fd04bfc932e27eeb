package dev.afterimage.api.access;

import dev.afterimage.access.Caller;
import dev.afterimage.api.http.Needs;
import dev.afterimage.catalog.home.Reserve;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.springframework.stereotype.Component;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.HandlerInterceptor;

/** While the disk of the home is full, only requests that free space may write: they have the reserve, and the others are refused. */
@Component
class FullHome implements HandlerInterceptor {

    private final Reserve reserve;
    private final AuditEntries entries;

    FullHome(Reserve reserve, AuditEntries entries) {
        this.reserve = reserve;
        this.entries = entries;
    }

    @Override
    public boolean preHandle(HttpServletRequest request, HttpServletResponse response, Object handler) {
        if (request.getDispatcherType() == DispatcherType.REQUEST && handler instanceof HandlerMethod operation) {
            var needs = operation.getMethodAnnotation(Needs.class);
            if (needs != null && entries.changes(request, needs) && mayPass(needs)) {
                requireRoom(needs.freesSpace() || request.getMethod().equals("DELETE"));
            }
        }
        return true;
    }

    /** Whoever will be refused anyhow must not be able to have the reserve given up. */
    private static boolean mayPass(Needs needs) {
        return CurrentCaller.find()
                .map(Caller::scope)
                .filter(scope -> scope.includes(needs.value()))
                .isPresent();
    }

    private void requireRoom(boolean freesSpace) {
        if (freesSpace) {
            reserve.giveIfScarce();
        } else {
            reserve.requireRoom();
        }
    }
}
