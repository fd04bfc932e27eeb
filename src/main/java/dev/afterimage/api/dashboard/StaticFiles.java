package dev.afterimage.api.dashboard;

import static java.util.stream.Collectors.toMap;

import dev.afterimage.bytes.Sha256;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.GZIPOutputStream;
import org.springframework.core.Ordered;
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.MediaTypeFactory;
import org.springframework.stereotype.Component;
import org.springframework.web.HttpRequestHandler;
import org.springframework.web.HttpRequestMethodNotSupportedException;
import org.springframework.web.context.request.ServletWebRequest;
import org.springframework.web.servlet.handler.SimpleUrlHandlerMapping;

/**
 * What lies under {@code static} on the class path, for everybody: it tells nothing of anybody's data. A browser has what it keeps of a
 * file confirmed each time, by the file's content: in the jar all are of one time.
 */
@Component
public class StaticFiles extends SimpleUrlHandlerMapping {

    private static final String ROOT = "classpath:/static/";
    private static final String FIRST_PAGE = "/index.html";

    /** Scripts and styles of the service alone, and nothing that is written into a page. */
    private static final String POLICY =
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
                    + " connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    private static final List<String> METHODS = List.of("GET", "HEAD");

    private final Map<String, Resource> resources;
    private final Map<String, StaticFile> read = new ConcurrentHashMap<>();

    StaticFiles() throws IOException {
        resources = resources();
        setOrder(Ordered.HIGHEST_PRECEDENCE);
        HttpRequestHandler handler = this::answer;
        setUrlMap(resources.keySet().stream().collect(toMap(path -> path, _ -> handler)));
    }

    private static Map<String, Resource> resources() throws IOException {
        var resolver = new PathMatchingResourcePatternResolver();
        var root = resolver.getResource(ROOT).getURL().toString();
        var found = new TreeMap<String, Resource>();
        for (var resource : resolver.getResources(ROOT + "**")) {
            var path = "/" + resource.getURL().toString().substring(root.length());
            if (!path.endsWith("/") && resource.isReadable()) {
                found.put(path, resource);
            }
        }
        found.put("/", Objects.requireNonNull(found.get(FIRST_PAGE), "no " + FIRST_PAGE));
        return found;
    }

    /** Their paths, and {@code /}. */
    public String[] paths() {
        return resources.keySet().toArray(String[]::new);
    }

    private void answer(HttpServletRequest request, HttpServletResponse response)
            throws IOException, HttpRequestMethodNotSupportedException {
        if (!METHODS.contains(request.getMethod())) {
            throw new HttpRequestMethodNotSupportedException(request.getMethod(), METHODS);
        }
        var file = file(request.getServletPath());
        response.setHeader("Content-Security-Policy", POLICY);
        response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
        response.setHeader("Referrer-Policy", "same-origin"); // with none, browsers send the Origin null to us, too
        response.setHeader(HttpHeaders.CACHE_CONTROL, "no-cache");
        response.setHeader(HttpHeaders.VARY, HttpHeaders.ACCEPT_ENCODING);
        if (!new ServletWebRequest(request, response).checkNotModified(file.tag())) {
            write(file, request, response);
        }
    }

    /** In the jar it never changes; in a directory it does while somebody works on it. */
    private StaticFile file(String path) throws IOException {
        var resource = Objects.requireNonNull(resources.get(path), path);
        if (resource.isFile()) {
            return StaticFile.of(resource);
        }
        var known = read.get(path);
        if (known == null) {
            known = StaticFile.of(resource);
            read.put(path, known);
        }
        return known;
    }

    private static void write(StaticFile file, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        var accepted = request.getHeader(HttpHeaders.ACCEPT_ENCODING);
        boolean compressed = accepted != null && accepted.contains("gzip") && file.gzip().length < file.plain().length;
        var bytes = compressed ? file.gzip() : file.plain();
        if (compressed) {
            response.setHeader(HttpHeaders.CONTENT_ENCODING, "gzip");
        }
        response.setContentType(file.type());
        response.setContentLength(bytes.length);
        if (request.getMethod().equals("GET")) {
            response.getOutputStream().write(bytes);
        }
    }

    /** @param tag a weak one, which stands for either form */
    private record StaticFile(String type, String tag, byte[] plain, byte[] gzip) {

        static StaticFile of(Resource resource) throws IOException {
            var bytes = resource.getContentAsByteArray();
            var type = isMarkdown(resource)
                    ? MediaType.TEXT_PLAIN // as Markdown, browsers would save it
                    : MediaTypeFactory.getMediaType(resource).orElse(MediaType.APPLICATION_OCTET_STREAM);
            return new StaticFile(
                    type.getType().equals("text") ? type + ";charset=UTF-8" : type.toString(),
                    "W/\"" + Sha256.hexOf(bytes).substring(0, 32) + "\"",
                    bytes,
                    compressed(bytes));
        }

        private static boolean isMarkdown(Resource resource) {
            return String.valueOf(resource.getFilename()).endsWith(".md");
        }

        private static byte[] compressed(byte[] bytes) throws IOException {
            var compressed = new ByteArrayOutputStream();
            try (var gzip = new GZIPOutputStream(compressed)) {
                gzip.write(bytes);
            }
            return compressed.toByteArray();
        }
    }
}
