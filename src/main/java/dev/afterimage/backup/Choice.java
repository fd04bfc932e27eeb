package dev.afterimage.backup;

import dev.afterimage.sqlite.live.SourceException;

/**
 * The method that AUTO takes.
 *
 * @param reason why that one, a sentence
 */
public record Choice(Method method, String reason) {

    static final Choice SCANNED = new Choice(Method.SCAN, "AUTO takes SCAN wherever it can serve.");

    /** What is taken where this one cannot serve. */
    Choice insteadOf(SourceException.NotScannable why) {
        return new Choice(Method.ONLINE, "%s cannot serve: %s".formatted(method, why.getMessage()));
    }
}
