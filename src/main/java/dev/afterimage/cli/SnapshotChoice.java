package dev.afterimage.cli;

import java.util.Locale;
import java.util.UUID;

/**
 * Which snapshot of a database is meant.
 *
 * @param text {@code latest}, or the first 8 or more characters of an id, lower case
 */
record SnapshotChoice(String text) {

    static final String LATEST = "latest";
    private static final int SHORTEST = 8;

    SnapshotChoice {
        text = text.toLowerCase(Locale.ROOT);
        if (!text.equals(LATEST) && !text.matches("[0-9a-f-]{%d,36}".formatted(SHORTEST))) {
            throw new IllegalArgumentException(
                    "'%s' is neither latest nor 8 or more characters of a snapshot's id".formatted(text));
        }
    }

    boolean isLatest() {
        return text.equals(LATEST);
    }

    boolean fits(UUID id) {
        return id.toString().startsWith(text);
    }

    @Override
    public String toString() {
        return text;
    }
}
