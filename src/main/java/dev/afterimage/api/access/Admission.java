package dev.afterimage.api.access;

import dev.afterimage.access.Caller;
import dev.afterimage.access.Scope;
import dev.afterimage.api.http.KnownParameters;
import dev.afterimage.api.http.Needs;
import dev.afterimage.api.http.Reach;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.HandlerInterceptor;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/** The one place where it is decided whether a caller may do what an operation does, by its {@link Needs}. */
@Configuration(proxyBeanMethods = false)
class Admission implements HandlerInterceptor, WebMvcConfigurer {

    private final FullHome fullHome;
    private final AuditTrail trail;
    private final Existence existence;
    private final KnownParameters parameters;

    Admission(FullHome fullHome, AuditTrail trail, Existence existence, KnownParameters parameters) {
        this.fullHome = fullHome;
        this.trail = trail;
        this.existence = existence;
        this.parameters = parameters;
    }

    @Override
    public void addInterceptors(InterceptorRegistry registry) {
        registry.addInterceptor(fullHome); // the trail writes before anything is done
        registry.addInterceptor(trail); // before the next, so that it hears of what is refused
        registry.addInterceptor(this);
        registry.addInterceptor(parameters);
    }

    @Override
    public boolean preHandle(HttpServletRequest request, HttpServletResponse response, Object handler) {
        if (request.getDispatcherType() == DispatcherType.REQUEST && handler instanceof HandlerMethod operation) {
            admit(request, operation.getMethodAnnotation(Needs.class));
        }
        return true;
    }

    private void admit(HttpServletRequest request, @Nullable Needs needs) {
        if (needs == null) {
            throw new ProblemException(Problem.of(ProblemCode.FORBIDDEN, "Nobody has said who may do this"));
        }
        if (needs.everybody()) {
            return;
        }
        var caller = CurrentCaller.get();
        caller.require(needed(needs, request));
        if (caller.visible().limited()) {
            requireWithin(caller, needs.reach(), AuditEntries.variables(request));
        }
    }

    private static Scope needed(Needs needs, HttpServletRequest request) {
        return needs.dryRunReads() && "true".equals(request.getParameter("dryRun")) ? Scope.READ : needs.value();
    }

    private void requireWithin(Caller caller, Reach reach, Map<String, String> path) {
        switch (reach) {
            case DATABASE -> existence.ofDatabase(path.get("name"), caller);
            case SNAPSHOT -> {
                existence.ofSnapshot(path.get("id"), caller);
                existence.ofSnapshot(path.get("other"), caller);
            }
            case GROUP -> existence.ofGroup(path.get("groupId"), caller);
            case JOB -> existence.ofJob(path.get("id"), caller);
            case REQUEST, NONE -> {}
            case SERVICE -> caller.requireAllDatabases("This");
        }
    }
}
