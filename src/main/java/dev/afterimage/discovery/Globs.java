package dev.afterimage.discovery;

import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.List;
import java.util.stream.Stream;

/** Matches paths from a directory on, if one of some globs does. */
record Globs(List<PathMatcher> matchers) {

    private static final String ANY_DIRECTORIES = "**/";

    /** @throws java.util.regex.PatternSyntaxException if one is none */
    static Globs of(List<String> globs) {
        return new Globs(globs.stream().flatMap(Globs::matchers).toList());
    }

    /** For Java, {@code **}{@code /} is at least one directory. */
    private static Stream<PathMatcher> matchers(String glob) {
        var files = FileSystems.getDefault();
        var matcher = files.getPathMatcher("glob:" + glob);
        return glob.startsWith(ANY_DIRECTORIES)
                ? Stream.of(matcher, files.getPathMatcher("glob:" + glob.substring(ANY_DIRECTORIES.length())))
                : Stream.of(matcher);
    }

    boolean match(Path relative) {
        return matchers.stream().anyMatch(matcher -> matcher.matches(relative));
    }
}
