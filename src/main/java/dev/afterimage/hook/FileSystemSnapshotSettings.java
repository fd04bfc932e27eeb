package dev.afterimage.hook;

import dev.afterimage.problem.ProblemException;
import java.util.Map;
import java.util.Optional;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How databases are frozen by their file system. The commands run as the service's user, so only who configures the service can set them,
 * never HTTP.
 *
 * @param fileSystemSnapshots {@code afterimage.file-system-snapshots.<key>}: by the name of a database, or by a label, as
 *     {@link ForDatabases} tells
 */
@ConfigurationProperties("afterimage")
public record FileSystemSnapshotSettings(@DefaultValue Map<String, Freeze> fileSystemSnapshots) {

    public FileSystemSnapshotSettings {
        fileSystemSnapshots = Map.copyOf(fileSystemSnapshots);
    }

    /** @throws ProblemException HOOK_FAILED when two labels of the database say different things */
    public Optional<ForDatabases.Chosen<Freeze>> of(String database, Map<String, String> labels) {
        return ForDatabases.choose("afterimage.file-system-snapshots", fileSystemSnapshots, database, labels);
    }

    /** Empty when it is not configured any more. */
    public Optional<Freeze> byKey(String key) {
        return Optional.ofNullable(fileSystemSnapshots.get(key));
    }
}
