package dev.afterimage.access;

import dev.afterimage.access.AccessSettings.OidcSettings;
import dev.afterimage.catalog.databases.VisibleDatabases;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.security.oauth2.core.DelegatingOAuth2TokenValidator;
import org.springframework.security.oauth2.core.OAuth2TokenValidator;
import org.springframework.security.oauth2.jose.jws.SignatureAlgorithm;
import org.springframework.security.oauth2.jwt.BadJwtException;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtAudienceValidator;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.jwt.JwtDecoderInitializationException;
import org.springframework.security.oauth2.jwt.JwtException;
import org.springframework.security.oauth2.jwt.JwtIssuerValidator;
import org.springframework.security.oauth2.jwt.JwtTimestampValidator;
import org.springframework.security.oauth2.jwt.JwtTypeValidator;
import org.springframework.security.oauth2.jwt.NimbusJwtDecoder;
import org.springframework.security.oauth2.jwt.SupplierJwtDecoder;
import org.springframework.stereotype.Component;

/** Callers that show a JWT which a server has signed for this service. There only when one is configured. */
@Component
@ConditionalOnProperty("afterimage.access.oidc.audience")
class JwtCallers {

    private static final List<String> SCOPE_CLAIMS = List.of("scope", "scp");

    /** By so much the clocks of the server and of this machine may be apart. */
    private static final Duration SKEW = Duration.ofMinutes(1);

    private final OidcSettings settings;
    private final JwtDecoder decoder;

    JwtCallers(AccessSettings settings) {
        this.settings = Objects.requireNonNull(settings.oidc());
        this.decoder =
                new SupplierJwtDecoder(this::decoder); // asks the server when the first JWT comes, not at the start
    }

    /** Every signature whose key the server publishes; never {@code none}, and none with a secret that both would know. */
    private JwtDecoder decoder() {
        var builder = settings.jwkSetUri() == null
                ? NimbusJwtDecoder.withIssuerLocation(Objects.requireNonNull(settings.issuerUri()))
                : NimbusJwtDecoder.withJwkSetUri(settings.jwkSetUri());
        var decoder = builder.jwsAlgorithms(known -> known.addAll(Set.of(SignatureAlgorithm.values())))
                .validateType(false) // ours takes two
                .build();
        decoder.setJwtValidator(new DelegatingOAuth2TokenValidator<>(validators()));
        return decoder;
    }

    private List<OAuth2TokenValidator<Jwt>> validators() {
        var types = new JwtTypeValidator("JWT", "at+jwt"); // the latter of RFC 9068
        types.setAllowEmpty(true);
        var times = new JwtTimestampValidator(SKEW);
        times.setAllowEmptyExpiryClaim(false);
        var all = new ArrayList<OAuth2TokenValidator<Jwt>>(
                List.of(types, times, new JwtAudienceValidator(settings.audience())));
        if (settings.issuerUri() != null) {
            all.add(new JwtIssuerValidator(settings.issuerUri()));
        }
        return all;
    }

    /**
     * Who shows the JWT.
     *
     * @throws ProblemException UNAUTHENTICATED when it is not accepted
     * @throws ProblemException ISSUER_UNREACHABLE when the server does not give its keys
     */
    Caller caller(String text) {
        var jwt = decoded(text);
        if (jwt.getSubject() == null || jwt.getSubject().isBlank()) {
            throw Callers.unknown(null);
        }
        var until = Objects.requireNonNull(jwt.getExpiresAt(), "a JWT without an end")
                .plus(SKEW);
        return new Caller(jwt.getSubject(), jwt.getSubject(), scope(jwt), visible(jwt), new Proof.OfJwt(until));
    }

    private Jwt decoded(String text) {
        try {
            return decoder.decode(text);
        } catch (BadJwtException e) {
            throw Callers.unknown(e);
        } catch (JwtException | JwtDecoderInitializationException e) {
            throw new ProblemException(
                    Problem.of(
                            ProblemCode.ISSUER_UNREACHABLE,
                            "The server that signs JWTs did not give its keys: " + e.getMessage()),
                    e);
        }
    }

    /** The greatest of those that it names. */
    private @Nullable Scope scope(Jwt jwt) {
        var claims = settings.scopeClaim() == null ? SCOPE_CLAIMS : List.of(settings.scopeClaim());
        var named = claims.stream().flatMap(claim -> words(jwt.getClaim(claim))).toList();
        return Arrays.stream(Scope.values())
                .filter(scope -> named.contains(scope.claim()))
                .max(Comparator.naturalOrder())
                .orElse(null);
    }

    /** A claim that is there and means nothing makes nothing visible. */
    private VisibleDatabases visible(Jwt jwt) {
        return jwt.hasClaim(settings.databasesClaim())
                ? new VisibleDatabases(
                        words(jwt.getClaim(settings.databasesClaim())).toList())
                : VisibleDatabases.ALL;
    }

    /** Of a list, or of a text in which spaces separate them. */
    private static Stream<String> words(@Nullable Object claim) {
        return switch (claim) {
            case String text -> Stream.of(text.split(" "));
            case Collection<?> list -> list.stream().map(String::valueOf);
            case null, default -> Stream.of();
        };
    }
}
