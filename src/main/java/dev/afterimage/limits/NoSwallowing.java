package dev.afterimage.limits;

import jakarta.servlet.ServletException;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;
import org.apache.coyote.ActionCode;

/**
 * Ends a connection behind a request whose body was not read to its end. Tomcat would read the rest to use the connection
 * again, and a client that sends it slowly would keep the thread.
 */
final class NoSwallowing extends ValveBase {

    NoSwallowing() {
        super(true);
    }

    @Override
    public void invoke(Request request, Response response) throws IOException, ServletException {
        try {
            getNext().invoke(request, response);
        } finally {
            var coyote = request.getCoyoteRequest();
            var allRead = new AtomicBoolean();
            coyote.action(ActionCode.REQUEST_BODY_FULLY_READ, allRead);
            if (!allRead.get() && !request.isAsync()) {
                sendAnswer(response);
                coyote.action(ActionCode.DISABLE_SWALLOW_INPUT, null);
            }
        }
    }

    /** First, since to Tomcat what is not read is an error: it would make a 500 of the status of what was done. */
    private static void sendAnswer(Response response) throws IOException {
        if (!response.isCommitted() && response.getStatus() < 400) {
            response.setHeader("Connection", "close");
            response.finishResponse();
        }
    }
}
