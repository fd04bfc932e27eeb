package dev.afterimage.access;

import java.time.Instant;
import java.util.UUID;

/** What a caller was let in by. */
public sealed interface Proof {

    /** A token of this service, until it expires or is revoked. */
    record OfToken(UUID id) implements Proof {}

    /**
     * A JWT, which nobody can revoke.
     *
     * @param until from when on it is not accepted any more
     */
    record OfJwt(Instant until) implements Proof {}
}
