package dev.afterimage.service;

import dev.afterimage.Afterimage;
import dev.afterimage.SecondJvm;
import java.io.File;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.spi.ToolProvider;
import org.springframework.util.FileSystemUtils;

/**
 * How the service under test is started: with the java and the class path of this test, in a JVM whose classes were
 * loaded and linked once before (<a href="https://openjdk.org/jeps/514">an AOT cache</a>), because some tests start it
 * more than fifty times. The cache wants jars, so the compiled classes are packed into one first. Both are kept beside
 * the compiled classes for as long as the class path is the same.
 */
final class ServiceRuntime {

    private static final ServiceRuntime THE_ONE = prepare();

    private final List<Path> classPath;
    private final Path aotCache;

    private ServiceRuntime(List<Path> classPath, Path aotCache) {
        this.classPath = classPath;
        this.aotCache = aotCache;
    }

    /** The command up to and without the service's own arguments. */
    static List<String> command() {
        return THE_ONE.java("-XX:AOTCache=" + THE_ONE.aotCache);
    }

    private List<String> java(String aotOption) {
        return SecondJvm.java(
                "-Xmx256m",
                aotOption,
                // Now and then the cache does not fit, and the JVM says so in the program's own output.
                "-Xlog:disable",
                "-Xlog:all=error:stderr",
                "-cp",
                String.join(
                        File.pathSeparator,
                        classPath.stream().map(Path::toString).toList()),
                Afterimage.class.getName());
    }

    private static ServiceRuntime prepare() {
        try {
            var classes = Path.of(Afterimage.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            var jars = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                    .map(Path::of)
                    .filter(entry -> entry.toString().endsWith(".jar"))
                    .filter(jar ->
                            !jar.getFileName().toString().startsWith("springdoc")) // answers where the service does
                    .toList();
            var kept = classes.resolveSibling("service-runtime").resolve(fingerprint(classes, jars));
            prepare(classes, jars, kept);
            return in(kept, jars);
        } catch (Exception e) {
            throw new IllegalStateException("The service's class path could not be prepared", e);
        }
    }

    /** Once, although several JVMs run tests at the same time. */
    private static void prepare(Path classes, List<Path> jars, Path kept) throws Exception {
        var lockFile = classes.resolveSibling("service-runtime.lock");
        try (var channel = FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                var _ = channel.lock()) {
            var complete = kept.resolve("complete");
            if (!Files.exists(complete)) {
                FileSystemUtils.deleteRecursively(kept.getParent());
                train(classes, jars, Files.createDirectories(kept));
                Files.createFile(complete);
            }
        }
    }

    private static ServiceRuntime in(Path directory, List<Path> jars) {
        var classPath = new ArrayList<Path>();
        classPath.add(directory.resolve("service.jar"));
        classPath.addAll(jars);
        return new ServiceRuntime(classPath, directory.resolve("service.aot"));
    }

    /** Runs the service once through what the tests do most, and lets that JVM write the cache when it ends. */
    private static void train(Path classes, List<Path> jars, Path directory) throws Exception {
        var runtime = in(directory, jars);
        pack(classes, runtime.classPath.getFirst());
        var work = Files.createDirectory(directory.resolve("work"));
        var database = work.resolve("users.db");
        Users.create(database, "WAL");
        try (var service = ServiceSetup.in(work).startWith(runtime.java("-XX:AOTCacheOutput=" + runtime.aotCache))) {
            var client = service.client();
            client.register("users", database);
            client.download(client.snapshotOf(client.backup("users")), work.resolve("copy.db"));
            service.stop();
        }
        FileSystemUtils.deleteRecursively(work);
    }

    private static void pack(Path classes, Path jar) {
        ToolProvider.findFirst("jar")
                .orElseThrow()
                .run(System.out, System.err, "--create", "--file", jar.toString(), "-C", classes.toString(), ".");
    }

    private static String fingerprint(Path classes, List<Path> jars) throws IOException {
        var facts = new StringBuilder(System.getProperty("java.vm.version"));
        try (var files = Files.walk(classes)) {
            for (var file : files.filter(Files::isRegularFile).sorted().toList()) {
                append(facts, file);
            }
        }
        for (var jar : jars) {
            append(facts, jar);
        }
        return UUID.nameUUIDFromBytes(facts.toString().getBytes()).toString();
    }

    private static void append(StringBuilder facts, Path file) throws IOException {
        facts.append(file).append(Files.size(file)).append(Files.getLastModifiedTime(file));
    }
}
