package dev.afterimage.api.fields;

import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Labels as query parameters write them: {@code key=value}, one parameter each. */
public final class LabelText {

    private LabelText() {}

    /**
     * Reads all of a request.
     *
     * @param texts null for none
     * @throws dev.afterimage.problem.ProblemException INVALID_REQUEST when one is not {@code key=value}, a key comes twice, or they exceed what labels may be
     */
    public static Map<String, String> parse(String parameter, String @Nullable [] texts) {
        var labels = new TreeMap<String, @Nullable String>();
        for (var text : texts == null ? new String[0] : texts) {
            int equals = text.indexOf('=');
            if (equals < 0) {
                throw InvalidField.refused(parameter, "must be key=value");
            }
            if (labels.put(text.substring(0, equals), text.substring(equals + 1)) != null) {
                throw InvalidField.refused(parameter, "has a key twice");
            }
        }
        if (!new Labels.Bounds().isValid(labels, null)) {
            throw InvalidField.refused(parameter, Labels.MESSAGE);
        }
        return Map.copyOf(labels);
    }
}
