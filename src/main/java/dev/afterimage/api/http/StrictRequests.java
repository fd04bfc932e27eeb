package dev.afterimage.api.http;

import dev.afterimage.api.fields.DurationText;
import dev.afterimage.api.fields.IdText;
import dev.afterimage.api.fields.StateName;
import dev.afterimage.api.fields.TimeText;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.beans.PropertyEditorSupport;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.springframework.boot.jackson.autoconfigure.JsonMapperBuilderCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.format.FormatterRegistry;
import org.springframework.http.MediaType;
import org.springframework.http.converter.HttpMessageConverters;
import org.springframework.web.HttpMediaTypeNotSupportedException;
import org.springframework.web.accept.HeaderContentNegotiationStrategy;
import org.springframework.web.bind.WebDataBinder;
import org.springframework.web.bind.annotation.ControllerAdvice;
import org.springframework.web.bind.annotation.InitBinder;
import org.springframework.web.servlet.HandlerInterceptor;
import org.springframework.web.servlet.config.annotation.ContentNegotiationConfigurer;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;
import tools.jackson.databind.cfg.CoercionAction;
import tools.jackson.databind.cfg.CoercionInputShape;
import tools.jackson.databind.type.LogicalType;

/** How requests are read, beyond what {@code application.yml} says: nothing is taken for what it is not. */
@ControllerAdvice
@Configuration(proxyBeanMethods = false)
class StrictRequests implements WebMvcConfigurer {

    /** A JSON number or boolean is no text. */
    @Bean
    JsonMapperBuilderCustomizer strictText() {
        return json -> json.withCoercionConfig(
                LogicalType.Textual,
                text -> text.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
                        .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                        .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail));
    }

    /** JSON is the only format; others that a library on the class path could read are not. */
    @Override
    public void configureMessageConverters(HttpMessageConverters.ServerBuilder converters) {
        converters.configureMessageConvertersList(all ->
                all.removeIf(converter -> converter.getSupportedMediaTypes().contains(MediaType.APPLICATION_YAML)));
    }

    /** Answers are JSON, and called that whatever a client calls it: a problem is what has a problem's type. */
    @Override
    public void configureContentNegotiation(ContentNegotiationConfigurer negotiation) {
        var header = new HeaderContentNegotiationStrategy();
        negotiation.strategies(List.of(request -> header.resolveMediaTypes(request).stream()
                .map(type -> "json".equals(type.getSubtypeSuffix())
                        ? new MediaType(MediaType.APPLICATION_JSON, type.getParameters())
                        : type)
                .toList()));
    }

    /** Spring refuses other types than JSON, but fails over one that leaves it open. */
    @Override
    public void addInterceptors(InterceptorRegistry interceptors) {
        interceptors.addInterceptor(new HandlerInterceptor() {
            @Override
            public boolean preHandle(HttpServletRequest request, HttpServletResponse response, Object handler)
                    throws HttpMediaTypeNotSupportedException {
                var type = request.getContentType();
                if (type != null && type.contains("*")) {
                    throw new HttpMediaTypeNotSupportedException("Content-Type must name one type, not " + type);
                }
                return true;
            }
        });
    }

    @Override
    public void addFormatters(FormatterRegistry registry) {
        registry.addConverter(String.class, Duration.class, DurationText::parse);
        registry.addConverter(String.class, Instant.class, TimeText::parse);
        registry.addConverter(String.class, StateName.class, StateName::parse);
    }

    /** An editor and no converter: when a converter refuses, Spring asks its own lenient editor of UUIDs next. */
    @InitBinder
    void ids(WebDataBinder binder) {
        binder.registerCustomEditor(UUID.class, new PropertyEditorSupport() {
            @Override
            public void setAsText(String text) {
                setValue(IdText.parse(text));
            }
        });
    }
}
