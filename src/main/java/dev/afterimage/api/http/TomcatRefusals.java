package dev.afterimage.api.http;

import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.core.StandardHost;
import org.apache.catalina.valves.ErrorReportValve;
import org.apache.coyote.AbstractProtocol;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/**
 * Answers with a problem what Tomcat refuses before any of our code sees it: such as a path that is no URI, or any request that comes
 * while the service stops.
 */
@Component
class TomcatRefusals implements WebServerFactoryCustomizer<TomcatServletWebServerFactory> {

    @Override
    public void customize(TomcatServletWebServerFactory factory) {
        factory.addContextCustomizers(context -> {
            if (context.getParent() instanceof StandardHost host) {
                host.setErrorReportValveClass(Report.class.getName());
            }
        });
    }

    /** Made by Tomcat, by its class name. */
    public static final class Report extends ErrorReportValve {

        private static final String DETAIL = "The server could not take this for an HTTP request to this service";
        private static final String HINT =
                "Look at the request's first line, its encoding, and the size of its headers.";

        private static final Problem STOPPING = Problem.of(
                ProblemCode.SERVICE_BUSY,
                "The service is being stopped, and takes no more requests",
                "Ask again when it has been started again.");

        private final JsonMapper json = new JsonMapper();

        @Override
        protected void report(Request request, Response response, @Nullable Throwable cause) {
            int status = response.getStatus();
            if (status < 400 || response.getContentWritten() > 0 || !response.setErrorReported()) {
                return;
            }
            var problem = isStopping(request) ? STOPPING : malformed(status);
            try {
                response.setStatus(problem.code().status()); // 501 and 505 say more of the server than of the request
                if (problem.code().passesByItself()) {
                    response.setHeader(HttpHeaders.RETRY_AFTER, ProblemAnswers.RETRY_AFTER_SECONDS);
                }
                response.setContentType(MediaType.APPLICATION_PROBLEM_JSON_VALUE);
                response.getOutputStream()
                        .write(json.writeValueAsString(ProblemJson.of(problem, path(request)))
                                .getBytes(StandardCharsets.UTF_8));
                response.finishResponse();
            } catch (IOException gone) {
                getContainer().getLogger().debug("The client did not wait for the answer", gone);
            }
        }

        /** Tomcat then reads no headers any more, and takes their absence for a fault of the request. */
        private static boolean isStopping(Request request) {
            return request.getConnector().getProtocolHandler() instanceof AbstractProtocol<?> protocol
                    && protocol.isPaused();
        }

        private static Problem malformed(int status) {
            return Problem.of(ProblemStatus.code(HttpStatusCode.valueOf(status)), DETAIL, HINT);
        }

        private static String path(Request request) {
            return request.getRequestURI() == null ? "" : request.getRequestURI();
        }
    }
}
