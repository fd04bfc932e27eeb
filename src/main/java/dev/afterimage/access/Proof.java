package dev.afterimage.access;

import java.time.Instant;
import java.util.UUID;

/** What a caller was let in by. */
public sealed interface Proof {

    /** A token of this service, until it expires or is revoked. */
    record OfToken(UUID id) implements Proof {}

    /**
     * A browser's session, until it ends, or its token does.
     *
     * @param hash of what its cookie has
     */
    record OfSession(UUID tokenId, String hash) implements Proof {

        /** Without the hash: this may end up in a log. */
        @Override
        public String toString() {
            return "OfSession[tokenId=" + tokenId + "]";
        }
    }

    /**
     * A JWT, which nobody can revoke.
     *
     * @param until from when on it is not accepted any more
     */
    record OfJwt(Instant until) implements Proof {}
}
