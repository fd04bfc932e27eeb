package dev.afterimage;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Stream;

/**
 * What {@code java -jar afterimage.jar} starts: {@link Afterimage} on a Java that is new enough, else one line that says which is
 * needed and where one is, and exit status 2. The only class that is compiled for Java 17, which Spring Boot's loader needs;
 * so it names no other class of this project.
 */
public final class Launcher {

    private static final int NEEDED = 25;
    private static final List<String> PLACES = List.of(
            "/usr/lib/jvm",
            "/opt",
            "/opt/java",
            "/Library/Java/JavaVirtualMachines",
            "~/.sdkman/candidates/java",
            "~/.jdks");

    private Launcher() {}

    /** Exit status 2 on a Java that is too old; otherwise whatever the service or the command makes of the arguments. */
    public static void main(String[] args) throws Throwable {
        if (Runtime.version().feature() < NEEDED) {
            System.err.println(
                    neededJava(System.getenv("JAVA_HOME"), Path.of("/"), Path.of(System.getProperty("user.home"))));
            System.exit(2);
        }
        var service = Class.forName("dev.afterimage.Afterimage");
        MethodHandles.lookup()
                .findStatic(service, "main", MethodType.methodType(void.class, String[].class))
                .invokeExact(args);
    }

    /**
     * One line for a human.
     *
     * @param javaHome what the environment says; null when it says nothing
     * @param root what the places that begin with a slash are below
     * @param userHome what the others are below
     */
    static String neededJava(String javaHome, Path root, Path userHome) {
        var line = new StringBuilder("Afterimage needs Java " + NEEDED + " or newer; this is Java "
                + Runtime.version().feature() + " in " + System.getProperty("java.home") + ". ");
        var homes = new ArrayList<Path>();
        if (javaHome != null && !javaHome.isEmpty()) {
            homes.add(Path.of(javaHome));
        }
        for (var place : PLACES) {
            homes.addAll(homesIn(
                    place.startsWith("~/") ? userHome.resolve(place.substring(2)) : root.resolve(place.substring(1))));
        }
        var newer = homes.stream().filter(Launcher::isNewEnough).findFirst();
        return newer.map(home -> line.append("There is one: ")
                        .append(home.resolve("bin/java"))
                        .append(" -jar afterimage.jar"))
                .orElseGet(() -> line.append("Looked for one in JAVA_HOME, ").append(String.join(", ", PLACES)))
                .toString();
    }

    private static List<Path> homesIn(Path place) {
        try (Stream<Path> entries = Files.list(place)) {
            return entries.sorted()
                    .flatMap(entry -> Stream.of(entry, entry.resolve("Contents/Home")))
                    .toList();
        } catch (IOException e) {
            return List.of(); // most of the places do not exist
        }
    }

    private static boolean isNewEnough(Path home) {
        return Files.isExecutable(home.resolve("bin/java"))
                && releaseOf(home).filter(feature -> feature >= NEEDED).isPresent();
    }

    /** By the file {@code release} that each JDK and JRE has. */
    private static Optional<Integer> releaseOf(Path home) {
        var release = new Properties();
        try (var file = Files.newBufferedReader(home.resolve("release"))) {
            release.load(file);
            var version = release.getProperty("JAVA_VERSION", "").replace("\"", "");
            return Optional.of(Runtime.Version.parse(version).feature());
        } catch (IOException | IllegalArgumentException e) {
            return Optional.empty(); // not the home of a Java whose version can be known
        }
    }
}
