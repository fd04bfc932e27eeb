package dev.afterimage.api.http;

import dev.afterimage.access.Scope;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import io.swagger.v3.oas.annotations.Hidden;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.webmvc.error.ErrorController;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** The answer to what fails outside of the controllers, such as in a filter. */
@Hidden
@RestController
class ErrorPage implements ErrorController {

    private static final Logger log = LoggerFactory.getLogger(ErrorPage.class);

    @Needs(value = Scope.READ, reach = Reach.NONE)
    @RequestMapping("/error")
    @Nullable
    ResponseEntity<ProblemJson> error(HttpServletRequest request, HttpServletResponse response) {
        if (response.isCommitted()) {
            // Part of another answer is on its way. A problem behind it could pass for the rest of it.
            return null;
        }
        var status = request.getAttribute(RequestDispatcher.ERROR_STATUS_CODE) instanceof Integer code ? code : 404;
        var path = Objects.toString(request.getAttribute(RequestDispatcher.ERROR_REQUEST_URI), request.getRequestURI());
        return answer(ProblemStatus.code(HttpStatusCode.valueOf(status)), path);
    }

    private static ResponseEntity<ProblemJson> answer(ProblemCode code, String path) {
        var answer = ResponseEntity.status(code.status()).contentType(MediaType.APPLICATION_PROBLEM_JSON);
        if (code == ProblemCode.INTERNAL_ERROR) {
            var id = "urn:uuid:" + UUID.randomUUID();
            log.error("{} met a defect, {}; the server's message stands above", LogText.of(path), id);
            return answer.body(ProblemJson.of(ProblemAnswers.defect(), id));
        }
        return answer.body(ProblemJson.of(Problem.of(code, "The server refused the request"), path));
    }
}
