package dev.afterimage;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.sqlite.util.LibraryLoaderUtil;

/**
 * How the tests start a JVM beside their own: as fast as it can be, since they start hundreds. SQLite's library is unpacked once
 * for all of them; each would do so by itself, which takes longer than all else, and leave it in the temporary directory when killed.
 */
public final class SecondJvm {

    private static final Path LIBRARY = unpack();

    /** The command that runs a class, in at most so many megabytes of heap. */
    public static List<String> command(int megabytes, Class<?> main) {
        var command = java("-Xmx" + megabytes + "m");
        // What a second process has to say it prints.
        command.add("-Dslf4j.provider=org.slf4j.helpers.NOP_FallbackServiceProvider");
        command.add("-Dslf4j.internal.verbosity=WARN");
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
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
            var classes = Path.of(SecondJvm.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            var directory = Files.createDirectories(classes.resolveSibling("sqlite"));
            var unpacked = directory.resolve(UUID.randomUUID() + name);
            Files.copy(library, unpacked);
            // The other JVM that runs tests may have it loaded.
            return Files.move(unpacked, directory.resolve(name), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException | URISyntaxException e) {
            throw new IllegalStateException("SQLite's library could not be unpacked", e);
        }
    }

    private SecondJvm() {}
}
