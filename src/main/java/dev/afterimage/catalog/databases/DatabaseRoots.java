package dev.afterimage.catalog.databases;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;

/**
 * The directories under which databases may be registered and restored.
 *
 * @param roots {@code afterimage.databases.roots}; default the working directory
 */
@ConfigurationProperties("afterimage.databases")
public record DatabaseRoots(List<Path> roots) {

    public DatabaseRoots(@Nullable List<Path> roots) {
        this.roots = (roots == null || roots.isEmpty() ? List.of(Path.of("")) : roots)
                .stream().map(root -> root.toAbsolutePath().normalize()).toList();
    }
}
