package dev.afterimage.api.fields;

import java.util.UUID;
import java.util.regex.Pattern;

/**
 * Ids as requests write them: the 36 characters of <a href="https://www.rfc-editor.org/rfc/rfc9562#section-4">RFC 9562</a>.
 * Java's own parser also takes shortened groups, and Jackson's takes Base64.
 */
public final class IdText {

    public static final String PATTERN = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}";

    private static final Pattern RFC_9562 = Pattern.compile(PATTERN);

    private IdText() {}

    /** @throws IllegalArgumentException when it is not an id */
    public static UUID parse(String text) {
        if (!RFC_9562.matcher(text).matches()) {
            throw new IllegalArgumentException("not a UUID");
        }
        return UUID.fromString(text);
    }
}
