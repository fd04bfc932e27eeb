package dev.afterimage.limits;

import jakarta.servlet.http.HttpServletRequest;
import org.springframework.stereotype.Component;

/** Who sent the request that the present thread answers. */
@Component
public class Requester {

    private final HttpServletRequest request;

    /** @param request stands for the one of the present thread, whichever that is */
    Requester(HttpServletRequest request) {
        this.request = request;
    }

    /** The id of the caller that the request has proven to be from, else the address that it comes from. */
    public String name() {
        var principal = request.getUserPrincipal();
        return principal == null ? Network.of(request.getRemoteAddr()) : principal.getName();
    }
}
