package dev.afterimage.api.http;

import jakarta.servlet.http.HttpServletResponse;
import java.util.Set;
import java.util.TreeSet;

/** Tells a client that copies of the repository had to help, as far as that is known before the body. */
public final class CopiesRead {

    public static final String HEADER = "Afterimage-Copies-Read";

    private CopiesRead() {}

    /** @param copies their names; none for none */
    public static void tell(Set<String> copies, HttpServletResponse response) {
        if (!copies.isEmpty()) {
            response.setHeader(HEADER, String.join(", ", new TreeSet<>(copies)));
        }
    }
}
