package dev.afterimage.discovery;

import java.nio.file.Path;
import java.util.Locale;

/** Makes names of databases, as registering has them, from the paths of their files. */
record NamePattern(String text) {

    private static final int LONGEST = 63;
    private static final String NO_NAME = "database";

    /** @param relative the file's path from the watched directory on */
    String name(Path relative) {
        var file = withoutExtension(relative.getFileName().toString());
        var parent = relative.getParent();
        var directory = parent == null ? "" : parent.getFileName().toString();
        var path = parent == null ? file : parent.resolve(file).toString();
        return valid(
                text.replace("{path}", path).replace("{directory}", directory).replace("{file}", file));
    }

    private static String withoutExtension(String file) {
        int dot = file.lastIndexOf('.');
        return dot > 0 ? file.substring(0, dot) : file;
    }

    /** Begins with a letter or digit, and has nothing that a name may not have. */
    private static String valid(String name) {
        var allowed =
                name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9._-]+", "-").replaceAll("^[._-]+|[._-]+$", "");
        return allowed.isEmpty() ? NO_NAME : allowed.substring(0, Math.min(allowed.length(), LONGEST));
    }
}
