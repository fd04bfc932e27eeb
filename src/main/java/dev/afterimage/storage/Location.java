package dev.afterimage.storage;

import java.nio.file.Path;
import java.util.regex.Pattern;

/** Where a storage lies, as people write it: a directory's path, or {@code s3://bucket/prefix}. */
public sealed interface Location {

    /** A directory. */
    record Directory(Path path) implements Location {

        @Override
        public String toString() {
            return path.toString();
        }
    }

    /**
     * What has a prefix in a bucket.
     *
     * @param prefix empty, or ends in {@code /}
     */
    record Bucket(String name, String prefix) implements Location {

        private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{1,62}");
        private static final Pattern PREFIX = Pattern.compile("([A-Za-z0-9!_.*'()-]+/)*");

        public Bucket {
            if (!NAME.matcher(name).matches()) {
                throw new IllegalArgumentException("Not a bucket's name: " + name);
            }
            if (!PREFIX.matcher(prefix).matches()
                    || ("/" + prefix).contains("/./")
                    || ("/" + prefix).contains("/../")) {
                throw new IllegalArgumentException("Not a prefix in a bucket: " + prefix);
            }
        }

        @Override
        public String toString() {
            return "s3://%s/%s".formatted(name, prefix);
        }
    }

    /** @throws IllegalArgumentException when it is none; the message says why */
    static Location parse(String text) {
        if (text.startsWith("s3://")) {
            var rest = text.substring("s3://".length());
            int slash = rest.indexOf('/');
            var prefix = slash < 0 ? "" : rest.substring(slash + 1).replaceAll("/+$", "");
            return new Bucket(slash < 0 ? rest : rest.substring(0, slash), prefix.isEmpty() ? "" : prefix + "/");
        }
        if (text.matches("[A-Za-z][A-Za-z0-9+.-]+://.*")) {
            throw new IllegalArgumentException("Neither a path nor s3://bucket/prefix: " + text);
        }
        return new Directory(Path.of(text));
    }
}
