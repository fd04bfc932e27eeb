package dev.afterimage.access;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;

/**
 * Who may use the API.
 *
 * @param adminTokenFile {@code afterimage.access.admin-token-file}: where the admin token is; {@code admin-token} in
 *     {@code afterimage.home} when not given
 */
@ConfigurationProperties("afterimage.access")
record AccessSettings(@Nullable Path adminTokenFile) {}
