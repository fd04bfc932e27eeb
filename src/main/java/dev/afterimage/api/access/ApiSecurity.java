package dev.afterimage.api.access;

import dev.afterimage.access.Callers;
import dev.afterimage.access.Sessions;
import dev.afterimage.api.dashboard.StaticFiles;
import dev.afterimage.api.http.Needs;
import dev.afterimage.api.http.ProblemJson;
import jakarta.servlet.DispatcherType;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpMethod;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.config.annotation.web.configurers.HeadersConfigurer;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.access.intercept.AuthorizationFilter;

/** Who may come in. What they may do there is said at each operation, see {@link Needs} and {@link Admission}. */
@Configuration(proxyBeanMethods = false)
class ApiSecurity {

    /** What tells nothing of anybody's data: how to use the service, and whether it lives. */
    private static final String[] FOR_EVERYBODY = {
        "/actuator/health",
        "/actuator/health/liveness",
        "/actuator/health/readiness",
        "/v3/api-docs",
        "/v3/api-docs.yaml",
        "/swagger-ui.html",
        ProblemJson.DOCUMENT
    };

    @Bean
    SecurityFilterChain chain(
            HttpSecurity http,
            Callers callers,
            Sessions sessions,
            SessionCookie cookie,
            Refusals refusals,
            StaticFiles dashboard) {
        return http.sessionManagement(servlet -> servlet.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
                .csrf(AbstractHttpConfigurer::disable) // RequestOrigin does it, for those whom a cookie lets in
                .cors(AbstractHttpConfigurer::disable) // pages of other sites may read nothing
                // Whether a host is TLS only, its owner says, and not one of its services.
                .headers(headers -> headers.httpStrictTransportSecurity(HeadersConfigurer.HstsConfig::disable))
                .logout(AbstractHttpConfigurer::disable)
                .requestCache(AbstractHttpConfigurer::disable)
                .addFilterBefore(new CallerFilter(callers, sessions, cookie, refusals), AuthorizationFilter.class)
                .authorizeHttpRequests(requests -> requests.dispatcherTypeMatchers(
                                DispatcherType.ASYNC,
                                DispatcherType.ERROR,
                                DispatcherType.INCLUDE) // the request itself has come in
                        .permitAll()
                        .requestMatchers(FOR_EVERYBODY)
                        .permitAll()
                        .requestMatchers(HttpMethod.GET, dashboard.paths())
                        .permitAll()
                        .requestMatchers(HttpMethod.HEAD, dashboard.paths())
                        .permitAll()
                        .requestMatchers(HttpMethod.POST, SessionController.PATH)
                        .permitAll()
                        .requestMatchers(HttpMethod.DELETE, SessionController.PATH)
                        .permitAll()
                        .requestMatchers("/actuator/health/**", "/actuator/info", "/actuator/prometheus")
                        .hasAuthority(CurrentCaller.WHOLE_SERVICE) // they tell of all databases
                        .requestMatchers("/actuator/**") // what else an operator may have exposed
                        .hasAuthority(CurrentCaller.ADMIN)
                        .anyRequest()
                        .authenticated())
                .exceptionHandling(
                        refused -> refused.authenticationEntryPoint(refusals).accessDeniedHandler(refusals))
                .build();
    }
}
