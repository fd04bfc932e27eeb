package dev.afterimage;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PreparedBeansTests {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "spring.threads.virtual.enabled",
                "SPRING_PROFILES_ACTIVE",
                "management.endpoints.web.exposure.include",
                "MANAGEMENT_SERVER_PORT",
                "server.servlet.context-path",
                "server.forward-headers-strategy",
                "SERVER_FORWARD_HEADERS_STRATEGY",
                "SERVER_FORWARDHEADERSSTRATEGY",
                "afterimage.access.oidc.audience",
                "AFTERIMAGE_ACCESS_OIDC_ISSUER"
            })
    void settingOnWhichBeansDependDecides(String setting) {
        assertThat(PreparedBeans.decides(setting)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "server.port",
                "SERVER_PORT",
                "server.ssl.bundle",
                "spring.config.additional-location",
                "spring.context.exit",
                "SPRING_CONFIG_ADDITIONAL_LOCATION",
                "spring.ssl.bundle.pem.web.keystore.certificate",
                "logging.level.root",
                "afterimage.home",
                "AFTERIMAGE_DATABASES_ROOTS",
                "java.home",
                "PATH"
            })
    void settingOnWhichNoBeanDependsDoesNot(String setting) {
        assertThat(PreparedBeans.decides(setting)).isFalse();
    }
}
