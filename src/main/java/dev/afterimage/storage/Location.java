package dev.afterimage.storage;

import java.nio.file.Path;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where a storage lies, as people write it: a directory's path, {@code s3://bucket/prefix}, or {@code sftp://user@host:port/path}.
 */
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

    /**
     * A directory of a server that speaks SFTP.
     *
     * @param host its name or address; one of IPv6 without brackets
     * @param path from the server's root when it begins with {@code /}, else from the user's home; it does not end in {@code /}
     *     unless it is the root, and is empty for the home itself
     */
    record Server(String user, String host, int port, String path) implements Location {

        static final String SCHEME = "sftp://";

        private static final int DEFAULT_PORT = 22;
        private static final String HOME = "/~";

        private static final Pattern TEXT = Pattern.compile(
                "sftp://(?<user>[^@/:]+)@(?<host>[A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+])(:(?<port>[0-9]{1,5}))?(?<path>/.*)?");
        private static final Pattern PATH = Pattern.compile("(/?[^/\\p{Cntrl}]+)*|/");

        public Server {
            if (port < 1 || port > 65535) {
                throw new IllegalArgumentException("Not a port: " + port);
            }
            if (!PATH.matcher(path).matches()
                    || ("/" + path + "/").contains("/./")
                    || ("/" + path + "/").contains("/../")) {
                throw new IllegalArgumentException("Not a directory of a server: " + path);
            }
        }

        private static Server of(String text) {
            var parts = TEXT.matcher(text);
            if (!parts.matches()) {
                throw new IllegalArgumentException("Not sftp://user@host:port/path: " + text);
            }
            var port = parts.group("port");
            return new Server(
                    parts.group("user"),
                    parts.group("host").replaceAll("[\\[\\]]", ""),
                    port == null ? DEFAULT_PORT : Integer.parseInt(port),
                    path(parts.group("path")));
        }

        private static String path(@Nullable String written) {
            var path = written == null ? HOME : written.replaceAll("/+", "/").replaceAll("(?<=.)/$", "");
            return path.equals(HOME) ? "" : path.startsWith(HOME + "/") ? path.substring(HOME.length() + 1) : path;
        }

        /** Of what lies below it. */
        public String name(String key) {
            return path.isEmpty() ? key : path.equals("/") ? path + key : path + "/" + key;
        }

        @Override
        public String toString() {
            return "sftp://%s@%s:%d%s"
                    .formatted(
                            user,
                            host.contains(":") ? "[" + host + "]" : host,
                            port,
                            path.startsWith("/") ? path : path.isEmpty() ? HOME : HOME + "/" + path);
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
        if (text.startsWith(Server.SCHEME)) {
            return Server.of(text);
        }
        if (text.matches("[A-Za-z][A-Za-z0-9+.-]+://.*")) {
            throw new IllegalArgumentException("Neither a path, s3://bucket/prefix nor sftp://user@host/path: " + text);
        }
        return new Directory(Path.of(text));
    }
}
