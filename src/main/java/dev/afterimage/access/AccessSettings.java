package dev.afterimage.access;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Who may use the API, and how long it is remembered what they did.
 *
 * @param adminTokenFile {@code afterimage.access.admin-token-file}: where the admin token is; {@code admin-token} in
 *     {@code afterimage.home} when not given
 * @param audit {@code afterimage.access.audit}
 * @param session {@code afterimage.access.session}
 * @param oidc {@code afterimage.access.oidc}; null when only the service's own tokens are accepted
 */
@ConfigurationProperties("afterimage.access")
record AccessSettings(
        @Nullable Path adminTokenFile,
        @DefaultValue AuditSettings audit,
        @DefaultValue SessionSettings session,
        @Nullable OidcSettings oidc) {

    /**
     * What is remembered.
     *
     * @param keep {@code afterimage.access.audit.keep}: for how long
     * @param maxRows {@code afterimage.access.audit.max-rows}: how much at most; the oldest that changed nothing goes
     *     first, then the oldest
     */
    record AuditSettings(
            @DefaultValue("400d") Duration keep,
            @DefaultValue("1000000") long maxRows) {

        AuditSettings {
            if (!keep.isPositive() || maxRows < 1) {
                throw new IllegalArgumentException("afterimage.access.audit: keep and max-rows must be above zero");
            }
        }
    }

    /**
     * How long a browser stays signed in.
     *
     * @param idle {@code afterimage.access.session.idle}: without a request
     * @param longest {@code afterimage.access.session.longest}: however much it is used
     */
    record SessionSettings(
            @DefaultValue("12h") Duration idle,
            @DefaultValue("7d") Duration longest) {

        SessionSettings {
            if (!idle.isPositive() || !longest.isPositive()) {
                throw new IllegalArgumentException("afterimage.access.session: idle and longest must be above zero");
            }
        }
    }

    /**
     * A server whose signed JWTs are accepted beside the service's own tokens.
     *
     * @param issuerUri {@code afterimage.access.oidc.issuer-uri}: what {@code iss} must be; without a {@code jwk-set-uri} the
     *     server is asked there for its keys, as OpenID Connect Discovery has it
     * @param jwkSetUri {@code afterimage.access.oidc.jwk-set-uri}: where its keys are
     * @param audience {@code afterimage.access.oidc.audience}: what {@code aud} must have
     * @param scopeClaim {@code afterimage.access.oidc.scope-claim}: the claim with {@code afterimage.read},
     *     {@code afterimage.operate} or {@code afterimage.admin}; {@code scope} or {@code scp} when not given
     * @param databasesClaim {@code afterimage.access.oidc.databases-claim}: the claim with the names and labels of the
     *     databases that exist for the caller; where a JWT has none, all do
     */
    record OidcSettings(
            @Nullable String issuerUri,
            @Nullable String jwkSetUri,
            String audience,
            @Nullable String scopeClaim,
            @DefaultValue("afterimage_databases") String databasesClaim) {

        @SuppressWarnings("ConstantValue") // what configuration leaves out is null, whatever is said here
        OidcSettings {
            if (audience == null || audience.isBlank() || issuerUri == null && jwkSetUri == null) {
                throw new IllegalArgumentException(
                        "afterimage.access.oidc needs an audience, and an issuer-uri or a jwk-set-uri");
            }
        }
    }
}
