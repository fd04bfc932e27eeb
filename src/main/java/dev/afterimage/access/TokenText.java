package dev.afterimage.access;

import dev.afterimage.bytes.Sha256;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.regex.Pattern;

/**
 * A token as its holder writes it: {@value #PREFIX} and 256 random bits, base64url without padding. The prefix lets
 * scanners find tokens that were published by mistake, and tells them from JWTs.
 */
record TokenText(String text) {

    static final String PREFIX = "ai_";
    static final String EXPECTED = PREFIX + " and 43 to 200 characters A-Z a-z 0-9 _ -";

    private static final int BYTES = 32;
    private static final Pattern SHAPE = Pattern.compile(PREFIX + "[A-Za-z0-9_-]{43,200}");
    private static final SecureRandom RANDOM = new SecureRandom();

    TokenText {
        if (!shapes(text)) {
            throw new IllegalArgumentException("A token is " + EXPECTED);
        }
    }

    static boolean shapes(String text) {
        return SHAPE.matcher(text).matches();
    }

    static TokenText random() {
        var bytes = new byte[BYTES];
        RANDOM.nextBytes(bytes);
        return new TokenText(PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
    }

    /**
     * What the catalog keeps. A slow hash is for what people can remember; 256 random bits cannot be guessed however fast.
     * It is looked up in an index, whose comparisons take longer the more bytes agree: what could be measured is about
     * the hash, and nobody can choose texts whose hashes come nearer to a given one.
     */
    String hash() {
        return Sha256.hexOf(text.getBytes(StandardCharsets.US_ASCII));
    }

    /** Not the text: this may end up in a log. */
    @Override
    public String toString() {
        return PREFIX + "…";
    }
}
