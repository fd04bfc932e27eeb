package dev.afterimage.api.openapi;

import dev.afterimage.access.Scope;
import dev.afterimage.api.http.Needs;
import dev.afterimage.api.http.Reach;
import io.swagger.v3.oas.annotations.Hidden;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.ClassPathResource;
import org.springframework.core.io.Resource;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.representer.Representer;
import org.yaml.snakeyaml.resolver.Resolver;
import tools.jackson.databind.json.JsonMapper;

/**
 * The OpenAPI document. It lies in the jar as it is committed; that the annotations of all operations say the same is proven when the
 * service is built, so that a start has nothing to find out.
 */
@Hidden
@RestController
class OpenApiController {

    private static final Resource DOCUMENT = new ClassPathResource("openapi/openapi.yaml");

    private final JsonMapper mapper;
    private byte @Nullable [] json;

    OpenApiController(JsonMapper mapper) {
        this.mapper = mapper;
    }

    @GetMapping(path = "/v3/api-docs.yaml", produces = "application/vnd.oai.openapi")
    @Needs(value = Scope.READ, everybody = true, reach = Reach.NONE)
    Resource yaml() {
        return DOCUMENT;
    }

    /** Made when somebody asks first, and kept: making it takes a fifth of a second, and it needs no token. */
    @GetMapping(path = "/v3/api-docs", produces = MediaType.APPLICATION_JSON_VALUE)
    @Needs(value = Scope.READ, everybody = true, reach = Reach.NONE)
    synchronized byte[] json() throws IOException {
        if (json == null) {
            try (InputStream document = DOCUMENT.getInputStream()) {
                Map<String, Object> parsed = reader().load(document);
                json = mapper.writeValueAsBytes(parsed);
            }
        }
        return json;
    }

    /** From this path, so that it is right below whatever a proxy puts before it. */
    @GetMapping("/swagger-ui.html")
    @Needs(value = Scope.READ, everybody = true, reach = Reach.NONE)
    ResponseEntity<Void> swaggerUi() {
        return ResponseEntity.status(HttpStatus.FOUND)
                .location(URI.create("swagger-ui/index.html"))
                .build();
    }

    /** As JSON has it: a time in an example is a text. */
    private static Yaml reader() {
        var options = new LoaderOptions();
        var dumper = new DumperOptions();
        return new Yaml(new SafeConstructor(options), new Representer(dumper), dumper, options, new Resolver() {
            @Override
            public void addImplicitResolver(Tag tag, Pattern pattern, String first, int limit) {
                if (!tag.equals(Tag.TIMESTAMP)) {
                    super.addImplicitResolver(tag, pattern, first, limit);
                }
            }
        });
    }
}
