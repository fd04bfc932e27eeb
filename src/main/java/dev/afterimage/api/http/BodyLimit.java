package dev.afterimage.api.http;

import dev.afterimage.limits.LimitSettings;
import dev.afterimage.limits.Limits;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Type;
import org.springframework.core.MethodParameter;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpInputMessage;
import org.springframework.http.converter.HttpMessageConverter;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.servlet.mvc.method.annotation.RequestBodyAdviceAdapter;

/** Refuses bodies that are too large before they are parsed, whether or not they announce their length, and too slow ones. */
@RestControllerAdvice
class BodyLimit extends RequestBodyAdviceAdapter {

    private final int maxBytes;
    private final Limits limits;

    BodyLimit(LimitSettings settings, Limits limits) {
        this.maxBytes = Math.toIntExact(settings.bodySize().toBytes());
        this.limits = limits;
    }

    @Override
    public boolean supports(
            MethodParameter parameter, Type type, Class<? extends HttpMessageConverter<?>> converterType) {
        return true;
    }

    @Override
    public HttpInputMessage beforeBodyRead(
            HttpInputMessage message,
            MethodParameter parameter,
            Type type,
            Class<? extends HttpMessageConverter<?>> converterType)
            throws IOException {
        var bytes = limits.paced(message.getBody()).readNBytes(maxBytes + 1);
        if (bytes.length > maxBytes) {
            throw new ProblemException(
                    Problem.of(ProblemCode.REQUEST_TOO_LARGE, "The body is larger than %d bytes".formatted(maxBytes)));
        }
        return new ReadBody(bytes, message.getHeaders());
    }

    private record ReadBody(byte[] bytes, HttpHeaders headers) implements HttpInputMessage {
        @Override
        public InputStream getBody() {
            return new ByteArrayInputStream(bytes);
        }

        @Override
        public HttpHeaders getHeaders() {
            return headers;
        }
    }
}
