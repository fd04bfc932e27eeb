package dev.afterimage.access;

import static dev.afterimage.problem.ProblemAssertions.problem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpServer;
import dev.afterimage.access.AccessSettings.AuditSettings;
import dev.afterimage.access.AccessSettings.OidcSettings;
import dev.afterimage.catalog.databases.VisibleDatabases;
import dev.afterimage.problem.ProblemCode;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Date;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** JWTs of a server on this machine, which publishes its keys as OpenID Connect has it. */
class JwtCallersTests {

    private static final String AUDIENCE = "afterimage";

    private static RSAKey key;
    private static ECKey ecKey;
    private static HttpServer server;
    private static String issuer;

    @BeforeAll
    static void publishKeys() throws Exception {
        key = new RSAKeyGenerator(2048).keyID("rsa").generate();
        ecKey = new ECKeyGenerator(Curve.P_256).keyID("ec").generate();
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        issuer = "http://127.0.0.1:" + server.getAddress().getPort();
        answer("/keys", new JWKSet(List.of(key, ecKey)).toString(true));
        answer("/.well-known/openid-configuration", """
                {"issuer": "%1$s", "jwks_uri": "%1$s/keys", "subject_types_supported": ["public"],
                 "authorization_endpoint": "%1$s/authorize", "response_types_supported": ["code"]}
                """.formatted(issuer));
        server.start();
    }

    private static void answer(String path, String json) {
        server.createContext(path, exchange -> {
            try (exchange) {
                var body = json.getBytes(StandardCharsets.UTF_8);
                exchange.getResponseHeaders().add("Content-Type", "application/json");
                exchange.sendResponseHeaders(200, body.length);
                exchange.getResponseBody().write(body);
            }
        });
    }

    @AfterAll
    static void stop() {
        server.stop(0);
    }

    private final JwtCallers callers = callers(issuer, null);

    @Test
    void callerOfAGoodJwtIsItsSubject() throws Exception {
        var end = at(Duration.ofMinutes(5));
        var caller = callers.caller(signed(claims().expirationTime(end).build()));

        var proof =
                new Proof.OfJwt(end.toInstant().truncatedTo(ChronoUnit.SECONDS).plus(Duration.ofMinutes(1)));
        assertThat(caller).isEqualTo(new Caller("pipeline", "pipeline", Scope.OPERATE, VisibleDatabases.ALL, proof));
    }

    @Test
    void callerWithKeysFromTheirOwnUriIsTheSame() throws Exception {
        var jwt = signed(claims().build());
        assertThat(callers(null, issuer + "/keys").caller(jwt).name()).isEqualTo("pipeline");
        assertThat(callers(issuer, issuer + "/keys").caller(jwt).name()).isEqualTo("pipeline");
        refused(callers("http://other", issuer + "/keys"), jwt);
    }

    @Test
    void callerWithAnEllipticCurveIsAccepted() throws Exception {
        var jwt = new SignedJWT(
                new JWSHeader.Builder(JWSAlgorithm.ES256).keyID("ec").build(), claims().build());
        jwt.sign(new ECDSASigner(ecKey));
        assertThat(callers.caller(jwt.serialize()).name()).isEqualTo("pipeline");
    }

    @Test
    void callerWithAnAccessTokenOfRfc9068IsAcceptedAndAnotherTypeIsNot() throws Exception {
        assertThat(callers.caller(signed(key, "at+jwt", claims().build())).name())
                .isEqualTo("pipeline");
        refused(callers, signed(key, "logout+jwt", claims().build()));
    }

    @Test
    void callerWhenTheJwtHasExpiredOrNeverDoesIsRefused() throws Exception {
        refused(
                callers,
                signed(claims().expirationTime(at(Duration.ofMinutes(-2))).build()));
        refused(callers, signed(claims().expirationTime(null).build()));
        refused(
                callers,
                signed(claims().notBeforeTime(at(Duration.ofMinutes(2))).build()));
    }

    @Test
    void callerWhenTheJwtIsForOthersOrByOthersIsRefused() throws Exception {
        refused(callers, signed(claims().audience("another-service").build()));
        refused(callers, signed(claims().audience((String) null).build()));
        refused(callers, signed(claims().issuer("http://127.0.0.1:1").build()));
        refused(callers, signed(claims().subject(null).build()));
    }

    @Test
    void callerWhenTheSignatureIsNotOfAPublishedKeyIsRefused() throws Exception {
        refused(callers, signed(new RSAKeyGenerator(2048).keyID("rsa").generate(), "JWT", claims().build()));
        refused(callers, signed(new RSAKeyGenerator(2048).keyID("unknown").generate(), "JWT", claims().build()));
        refused(callers, new PlainJWT(claims().build()).serialize());
        var withPublicKeyAsSecret = new SignedJWT(new JWSHeader(JWSAlgorithm.HS256), claims().build());
        withPublicKeyAsSecret.sign(new MACSigner(key.toPublicJWK().toJSONString()));
        refused(callers, withPublicKeyAsSecret.serialize());
        var good = signed(claims().build());
        refused(callers, good.substring(0, good.length() - 8) + "AAAAAAAA");
        refused(callers, "a.b.c");
    }

    @ParameterizedTest
    @CsvSource({
        "openid afterimage.read, READ",
        "afterimage.read afterimage.admin, ADMIN",
        "afterimage.operate, OPERATE",
        "afterimage.ADMIN,",
        "openid,",
    })
    void scopeIsTheGreatestOfTheClaim(String claim, @Nullable Scope scope) throws Exception {
        assertThat(callers.caller(signed(claims().claim("scope", claim).build()))
                        .scope())
                .isEqualTo(scope);
        var list = claims().claim("scope", null).claim("scp", List.of(claim.split(" ")));
        assertThat(callers.caller(signed(list.build())).scope()).isEqualTo(scope);
    }

    @Test
    void scopeWhenTheJwtHasNoneIsNone() throws Exception {
        var caller = callers.caller(signed(claims().claim("scope", null).build()));

        assertThat(caller.scope()).isNull();
        assertThatThrownBy(() -> caller.require(Scope.READ)).satisfies(problem(ProblemCode.SCOPE_NEEDED));
    }

    @Test
    void databasesAreThoseOfTheClaim() throws Exception {
        var list = claims().claim("afterimage_databases", List.of("orders", "team=billing"));
        assertThat(callers.caller(signed(list.build())).visible().entries()).containsExactly("orders", "team=billing");
        var text = claims().claim("afterimage_databases", "orders");
        assertThat(callers.caller(signed(text.build())).visible().entries()).containsExactly("orders");
        var nonsense = claims().claim("afterimage_databases", 7);
        assertThat(callers.caller(signed(nonsense.build())).visible().entries()).isEmpty();
    }

    @Test
    void callerWhenTheServerIsAwayIsNotRefusedButToldSo() throws Exception {
        var jwt = signed(claims().build());
        assertThatThrownBy(() -> callers(null, "http://127.0.0.1:1/keys").caller(jwt))
                .satisfies(problem(ProblemCode.ISSUER_UNREACHABLE));
        assertThatThrownBy(() -> callers("http://127.0.0.1:1", null).caller(jwt))
                .satisfies(problem(ProblemCode.ISSUER_UNREACHABLE));
    }

    @Test
    void settingsWithoutAnAudienceOrAServerAreRefused() {
        assertThatThrownBy(() -> new OidcSettings("http://a", null, "", null, "databases"))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new OidcSettings(null, null, AUDIENCE, null, "databases"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static void refused(JwtCallers callers, String jwt) {
        assertThatThrownBy(() -> callers.caller(jwt)).satisfies(problem(ProblemCode.UNAUTHENTICATED));
    }

    private static JwtCallers callers(@Nullable String issuer, @Nullable String keys) {
        var oidc = new OidcSettings(issuer, keys, AUDIENCE, null, "afterimage_databases");
        return new JwtCallers(new AccessSettings(null, new AuditSettings(Duration.ofDays(1), 1), null, oidc));
    }

    private static JWTClaimsSet.Builder claims() {
        return new JWTClaimsSet.Builder()
                .issuer(issuer)
                .subject("pipeline")
                .audience(AUDIENCE)
                .expirationTime(at(Duration.ofMinutes(5)))
                .claim("scope", "openid afterimage.operate");
    }

    private static Date at(Duration fromNow) {
        return Date.from(Instant.now().plus(fromNow));
    }

    private static String signed(JWTClaimsSet claims) throws Exception {
        return signed(key, "JWT", claims);
    }

    private static String signed(RSAKey key, String type, JWTClaimsSet claims) throws Exception {
        var header = new JWSHeader.Builder(JWSAlgorithm.RS256)
                .keyID(key.getKeyID())
                .type(new JOSEObjectType(type))
                .build();
        var jwt = new SignedJWT(header, claims);
        jwt.sign(new RSASSASigner(key));
        return jwt.serialize();
    }
}
