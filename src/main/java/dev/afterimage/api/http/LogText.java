package dev.afterimage.api.http;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Text for the log that may contain what a request said. */
public final class LogText {

    /** Control and format characters and line separators: with them a request could write lines of its own. */
    private static final Pattern UNSAFE = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]");

    private LogText() {}

    /** On one line, whatever it contains; what is not printed as it is appears as its code point. */
    public static String of(@Nullable String text) {
        return UNSAFE.matcher(String.valueOf(text))
                .replaceAll(unsafe -> "<U+%04X>".formatted(unsafe.group().codePointAt(0)));
    }
}
