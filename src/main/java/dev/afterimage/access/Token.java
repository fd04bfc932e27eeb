package dev.afterimage.access;

import dev.afterimage.catalog.databases.VisibleDatabases;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A token, without its text, which only its holder knows.
 *
 * @param ofFile whether it is the admin token, whose text stands in a file
 * @param createdBy name of the caller who made it; null when the service did
 * @param expiresAt from when on it is not accepted; null for never
 * @param lastUsedAt null when it was not used yet
 */
public record Token(
        UUID id,
        String name,
        Scope scope,
        VisibleDatabases visible,
        boolean ofFile,
        Instant createdAt,
        @Nullable String createdBy,
        @Nullable Instant expiresAt,
        @Nullable Instant lastUsedAt) {

    boolean acceptedAt(Instant now) {
        return expiresAt == null || now.isBefore(expiresAt);
    }

    Caller caller() {
        return caller(new Proof.OfToken(id));
    }

    Caller caller(Proof proof) {
        return new Caller(id.toString(), name, scope, visible, proof);
    }
}
