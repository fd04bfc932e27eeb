package dev.afterimage;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.LoggerFactory;
import org.sqlite.JDBC;
import org.sqlite.util.LibraryLoaderUtil;

/**
 * How the tests start a JVM beside their own: as fast as it can be, since they start hundreds. SQLite's library is unpacked once
 * for all of them; each would do so by itself, which takes longer than all else, and leave it in the temporary directory when killed.
 */
public final class SecondJvm {

    private static final Path LIBRARY = unpack();

    /** What all of them load comes first: each library before it would be opened to see that it is not there. */
    private static final String CLASS_PATH = Stream.concat(
                    Stream.of(SecondJvm.class, Afterimage.class, JDBC.class, LoggerFactory.class)
                            .map(SecondJvm::origin)
                            .map(Path::toString),
                    Stream.of(System.getProperty("java.class.path")))
            .collect(Collectors.joining(File.pathSeparator));

    /** The command that runs a class, in at most so many megabytes of heap. */
    public static List<String> command(int megabytes, Class<?> main) {
        var command = java("-Xmx" + megabytes + "m");
        // What a second process has to say it prints.
        command.add("-Dslf4j.provider=org.slf4j.helpers.NOP_FallbackServiceProvider");
        command.add("-Dslf4j.internal.verbosity=WARN");
        command.addAll(List.of("-cp", CLASS_PATH, main.getName()));
        return command;
    }

    /** The command up to and without the class path. */
    public static List<String> java(String... options) {
        var command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                // Short lives: what a better compiler or collector would gain comes after their end.
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Dorg.sqlite.lib.path=" + LIBRARY.getParent(),
                "-Dorg.sqlite.lib.name=" + LIBRARY.getFileName()));
        command.addAll(List.of(options));
        return command;
    }

    /** To a directory beside the compiled classes, where all users can read it. */
    private static Path unpack() {
        var name = LibraryLoaderUtil.getNativeLibName();
        try (var library =
                SecondJvm.class.getResourceAsStream(LibraryLoaderUtil.getNativeLibResourcePath() + "/" + name)) {
            var directory = Files.createDirectories(origin(SecondJvm.class).resolveSibling("sqlite"));
            var unpacked = directory.resolve(UUID.randomUUID() + name);
            Files.copy(library, unpacked);
            // The other JVM that runs tests may have it loaded.
            return Files.move(unpacked, directory.resolve(name), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException("SQLite's library could not be unpacked", e);
        }
    }

    /** The library or the directory that a class is loaded from. */
    private static Path origin(Class<?> loaded) {
        try {
            return Path.of(
                    loaded.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private SecondJvm() {}
}
