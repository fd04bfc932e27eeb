package dev.afterimage.hook;

import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How a file system is told to keep a database as it is at one instant, while the application goes on writing: a snapshot of a volume or a
 * subvolume, or a clone.
 *
 * @param create makes the frozen files; writers wait until it has ended, so it must do no more than that
 * @param release removes what {@code create} has made, or a part of it; succeeds where there is nothing
 * @param path where the frozen database file is after {@code create}, its {@code -wal} and {@code -journal} beside it: a text in which
 *     <code>{path}</code> stands for the path of the database, <code>{relative}</code> for that below {@code root}, <code>{name}</code> for
 *     its name, <code>{job}</code> for the id of the job
 * @param root the directory whose files are frozen; null where no path is told relative to it
 * @param lock that is held meanwhile
 */
public record Freeze(
        Command create,
        Command release,
        String path,
        @Nullable Path root,
        @DefaultValue("IMMEDIATE") Lock lock) {

    private static final Pattern PLACEHOLDER = Pattern.compile("\\{[^}]*}");
    private static final String RELATIVE = "{relative}";

    /** What keeps the state while it is frozen. */
    public enum Lock {
        /** That of a writer: nobody commits. */
        IMMEDIATE,
        /** That of a reader: in WAL mode nobody waits, in rollback-journal mode nobody commits. */
        READ,
        /** None: the files are as after a crash, and are recovered as such. */
        NONE
    }

    public Freeze {
        if (create == null || release == null || path == null) {
            throw new IllegalArgumentException(
                    "afterimage.file-system-snapshots: `create`, `release` and `path` are all needed");
        }
        PLACEHOLDER.matcher(path).results().map(found -> found.group()).forEach(Freeze::requireKnown);
        if (!PLACEHOLDER.matcher(path).replaceAll("/x").startsWith("/")) {
            throw new IllegalArgumentException("afterimage.file-system-snapshots: `path` is not absolute: " + path);
        }
        if (path.contains(RELATIVE) && root == null) {
            throw new IllegalArgumentException("afterimage.file-system-snapshots: {relative} needs a `root`");
        }
    }

    private static void requireKnown(String placeholder) {
        switch (placeholder) {
            case "{path}", RELATIVE, "{name}", "{job}" -> {}
            default ->
                throw new IllegalArgumentException(
                        "afterimage.file-system-snapshots: `path` has %s, which means nothing".formatted(placeholder));
        }
    }

    /**
     * Where the frozen file of a database appears.
     *
     * @throws IllegalArgumentException if the database is not below the root; the message says so
     */
    public Path frozen(String database, Path live, String job) {
        var values = Map.of("{path}", live.toString(), RELATIVE, relative(live), "{name}", database, "{job}", job);
        return Path.of(PLACEHOLDER
                        .matcher(path)
                        .replaceAll(found -> java.util.regex.Matcher.quoteReplacement(values.get(found.group()))))
                .normalize();
    }

    private String relative(Path live) {
        if (root == null) {
            return "";
        }
        if (!live.startsWith(root)) {
            throw new IllegalArgumentException("%s is not below the root %s".formatted(live, root));
        }
        return root.relativize(live).toString();
    }
}
