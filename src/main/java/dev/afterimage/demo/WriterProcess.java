package dev.afterimage.demo;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A {@link DemoWriter} in a process of its own, run by the java and the classes that run this one. */
final class WriterProcess implements AutoCloseable {

    private static final String MAIN = "dev.afterimage.Afterimage";

    /** Its main method finds the classes in the jars inside the executable jar. */
    private static final String MAIN_OF_EXECUTABLE_JAR = "org.springframework.boot.loader.launch.JarLauncher";

    private final Process process;

    /** Starts it and waits until the database is there. */
    static WriterProcess start(Path database) throws IOException {
        var builder = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-Xmx64m",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        inExecutableJar() ? MAIN_OF_EXECUTABLE_JAR : MAIN,
                        DemoWriter.COMMAND,
                        database.toString()))
                .redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().putIfAbsent("LC_ALL", "C.UTF-8"); // the database may have any name
        var process = builder.start();
        if (!DemoWriter.READY.equals(process.inputReader().readLine())) {
            process.destroy();
            throw new IOException("The process that should write to " + database + " ended at once");
        }
        return new WriterProcess(process);
    }

    private static boolean inExecutableJar() {
        var ownClass = WriterProcess.class.getResource("WriterProcess.class");
        return ownClass != null && ownClass.toString().startsWith("jar:nested:");
    }

    private WriterProcess(Process process) {
        this.process = process;
    }

    long pid() {
        return process.pid();
    }

    /** Lets it finish its transaction and end; when this process dies instead, the end of the pipe tells it the same. */
    @Override
    public void close() throws IOException {
        process.getOutputStream().close();
        process.onExit().join();
    }
}
