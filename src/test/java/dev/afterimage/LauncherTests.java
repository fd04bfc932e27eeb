package dev.afterimage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is said on a Java that is too old; {@code .ci/older-java} starts the jar on one. */
class LauncherTests {

    @TempDir
    Path root;

    @Test
    void neededJavaWhenThereIsOneNamesItsCommand() throws Exception {
        java("usr/lib/jvm/a17", "17.0.15");
        java("usr/lib/jvm/broken", "no version");
        var newer = java("usr/lib/jvm/temurin-25", "25.0.1");

        assertThat(Launcher.neededJava(null, root, root.resolve("home")))
                .startsWith("Afterimage needs Java 25 or newer; this is Java ")
                .contains(System.getProperty("java.home"))
                .endsWith("There is one: " + newer.resolve("bin/java") + " -jar afterimage.jar")
                .doesNotContain("\n");
    }

    @Test
    void neededJavaWhenOneIsNamedByTheEnvironmentOrInAnyOtherPlaceFindsIt() throws Exception {
        var elsewhere = java("elsewhere", "26");
        assertThat(Launcher.neededJava(elsewhere.toString(), root, root)).contains(elsewhere + "/bin/java");

        for (var place : new String[] {
            "opt/jdk",
            "opt/java/openjdk",
            "Library/Java/JavaVirtualMachines/t.jdk/Contents/Home",
            "home/.sdkman/candidates/java/25",
            "home/.jdks/t"
        }) {
            var base = Files.createTempDirectory(root, "place");
            var java = javaIn(base.resolve(place), "25");
            assertThat(Launcher.neededJava("", base, base.resolve("home")))
                    .as(place)
                    .contains(java + "/bin/java");
        }
    }

    @Test
    void neededJavaWhenThereIsNoneTellsWhereItLooked() throws Exception {
        var old = java("usr/lib/jvm/a21", "21.0.2");

        assertThat(Launcher.neededJava(old.toString(), root, root.resolve("home")))
                .contains("Looked for one in JAVA_HOME, /usr/lib/jvm, /opt,")
                .doesNotContain("\n");
    }

    private Path java(String place, String version) throws IOException {
        return javaIn(root.resolve(place), version);
    }

    private static Path javaIn(Path home, String version) throws IOException {
        var java = Files.createFile(Files.createDirectories(home.resolve("bin")).resolve("java"));
        assertThat(java.toFile().setExecutable(true)).isTrue();
        Files.writeString(home.resolve("release"), "IMPLEMENTOR=\"Somebody\"\nJAVA_VERSION=\"" + version + "\"\n");
        return home;
    }
}
