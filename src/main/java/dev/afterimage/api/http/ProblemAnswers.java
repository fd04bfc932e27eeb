package dev.afterimage.api.http;

import dev.afterimage.api.fields.InvalidField;
import dev.afterimage.api.fields.InvalidFields;
import dev.afterimage.catalog.CatalogFailure;
import dev.afterimage.check.Quarantines;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.util.List;
import java.util.UUID;
import org.apache.tomcat.util.http.InvalidParameterException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.TypeMismatchException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.security.web.firewall.RequestRejectedException;
import org.springframework.web.bind.MethodArgumentNotValidException;
import org.springframework.web.bind.MissingServletRequestParameterException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.context.request.RequestAttributes;
import org.springframework.web.context.request.ServletWebRequest;
import org.springframework.web.context.request.WebRequest;
import org.springframework.web.method.annotation.HandlerMethodValidationException;
import org.springframework.web.servlet.mvc.method.annotation.ResponseEntityExceptionHandler;
import org.springframework.web.util.DisconnectedClientHelper;

/** Turns every exception into a problem: ours, the framework's, and defects. */
@RestControllerAdvice
class ProblemAnswers extends ResponseEntityExceptionHandler {

    private static final Logger log = LoggerFactory.getLogger(ProblemAnswers.class);
    static final String RETRY_AFTER_SECONDS = "5";

    private final Quarantines quarantines;

    ProblemAnswers(Quarantines quarantines) {
        this.quarantines = quarantines;
    }

    @ExceptionHandler
    ResponseEntity<Object> answer(ProblemException e, WebRequest request) {
        quarantines.met(e);
        var headers = new HttpHeaders();
        if (e instanceof RangeNotSatisfiableException range) {
            headers.set(HttpHeaders.CONTENT_RANGE, "bytes */" + range.size());
        }
        if (e.code() == ProblemCode.UNAUTHENTICATED) {
            headers.set(HttpHeaders.WWW_AUTHENTICATE, "Bearer");
        }
        if (e.code().status() >= 500) {
            log.warn("{} is answered with {}: {}", logged(request), e.code(), LogText.of(e.getMessage()));
        }
        return answer(e.problem(), headers, path(request), request);
    }

    /** Spring Security looks at a header when it is read first, and then finds characters that it does not accept. */
    @ExceptionHandler
    ResponseEntity<Object> rejected(RequestRejectedException e, WebRequest request) {
        var problem = Problem.of(ProblemCode.INVALID_REQUEST, "A header has characters that are not accepted");
        return answer(problem, new HttpHeaders(), path(request), request);
    }

    /** The server parses parameters when they are first asked for, and refuses them then. */
    @ExceptionHandler
    ResponseEntity<Object> answer(InvalidParameterException e, WebRequest request) {
        var detail = "The query, or the form, is not encoded as one, or has too many parameters";
        return answer(Problem.of(ProblemCode.INVALID_REQUEST, detail), new HttpHeaders(), path(request), request);
    }

    /** Whoever asked learns an id, and nothing of what went on inside. */
    @ExceptionHandler
    @Nullable
    ResponseEntity<Object> defect(Exception e, WebRequest request) throws Exception {
        if (DisconnectedClientHelper.isClientDisconnectedException(e)) {
            return null; // nobody is there any more
        }
        if (request instanceof ServletWebRequest servlet
                && servlet.getResponse() != null
                && servlet.getResponse().isCommitted()) {
            throw e; // the server then breaks the connection, so that the client does not take a part for the whole
        }
        var failure = CatalogFailure.of(e);
        if (failure.isPresent()) {
            log.warn(
                    "{} is answered with {}: {}",
                    logged(request),
                    failure.get().code(),
                    LogText.of(failure.get().detail()));
            return answer(failure.get(), new HttpHeaders(), path(request), request);
        }
        var id = "urn:uuid:" + UUID.randomUUID();
        log.error("{} met a defect, {}", logged(request), id, e);
        return answer(defect(), new HttpHeaders(), id, request);
    }

    static Problem defect() {
        return Problem.of(ProblemCode.INTERNAL_ERROR, "The service met a defect while it answered this request");
    }

    @Override
    protected ResponseEntity<Object> handleMethodArgumentNotValid(
            MethodArgumentNotValidException e, HttpHeaders headers, HttpStatusCode status, WebRequest request) {
        return invalid(InvalidFields.of(e.getBindingResult()), request);
    }

    @Override
    protected ResponseEntity<Object> handleHandlerMethodValidationException(
            HandlerMethodValidationException e, HttpHeaders headers, HttpStatusCode status, WebRequest request) {
        return invalid(InvalidFields.of(e), request);
    }

    @Override
    protected ResponseEntity<Object> handleTypeMismatch(
            TypeMismatchException e, HttpHeaders headers, HttpStatusCode status, WebRequest request) {
        return invalid(InvalidFields.of(e), request);
    }

    @Override
    protected ResponseEntity<Object> handleHttpMessageNotReadable(
            HttpMessageNotReadableException e, HttpHeaders headers, HttpStatusCode status, WebRequest request) {
        return invalid(InvalidFields.of(e), request);
    }

    @Override
    protected ResponseEntity<Object> handleMissingServletRequestParameter(
            MissingServletRequestParameterException e, HttpHeaders headers, HttpStatusCode status, WebRequest request) {
        return invalid(List.of(new InvalidField(e.getParameterName(), "is missing")), request);
    }

    private static ResponseEntity<Object> invalid(List<InvalidField> errors, WebRequest request) {
        return answer(InvalidField.problem(errors), new HttpHeaders(), path(request), request);
    }

    /** All that the framework itself refuses comes here; its headers, such as Allow, are kept. */
    @Override
    protected @Nullable ResponseEntity<Object> handleExceptionInternal(
            Exception e, @Nullable Object body, HttpHeaders headers, HttpStatusCode status, WebRequest request) {
        var code = ProblemStatus.code(status);
        if (code == ProblemCode.INTERNAL_ERROR) {
            try {
                return defect(e, request);
            } catch (Exception committed) {
                return super.handleExceptionInternal(e, body, headers, status, request);
            }
        }
        return answer(Problem.of(code, refusal(code, e)), headers, path(request), request);
    }

    private static String refusal(ProblemCode code, Exception e) {
        return switch (code) {
            case RESOURCE_NOT_FOUND -> "There is nothing at this path";
            default -> String.valueOf(e.getMessage());
        };
    }

    private static ResponseEntity<Object> answer(
            Problem problem, HttpHeaders headers, String instance, WebRequest request) {
        request.setAttribute(
                ProblemCode.class.getName(), problem.code(), RequestAttributes.SCOPE_REQUEST); // for the audit
        var answer = ResponseEntity.status(problem.code().status())
                .headers(headers)
                .contentType(MediaType.APPLICATION_PROBLEM_JSON);
        if (problem.code().passesByItself()) {
            answer.header(HttpHeaders.RETRY_AFTER, RETRY_AFTER_SECONDS);
        }
        return answer.body(ProblemJson.of(problem, instance));
    }

    private static String logged(WebRequest request) {
        return LogText.of(path(request));
    }

    private static String path(WebRequest request) {
        return request instanceof ServletWebRequest servlet
                ? servlet.getRequest().getRequestURI()
                : "";
    }
}
