package dev.afterimage.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/** The real service in a JVM of its own. */
public final class ServiceProcess implements AutoCloseable {

    private static final Pattern PORT = Pattern.compile("Tomcat started on port (\\d+)");
    private static final Pattern READY = Pattern.compile("Started Afterimage in ");

    private final RunningProgram program;
    private final Path home;

    private ServiceProcess(RunningProgram program, Path home) {
        this.program = program;
        this.home = home;
    }

    static ServiceProcess launch(List<String> command, Path home) throws IOException {
        return new ServiceProcess(RunningProgram.start(command), home);
    }

    ServiceProcess awaitReady() {
        try {
            program.awaitLine(READY);
            return this;
        } catch (InterruptedException | AssertionError e) {
            program.close();
            throw new AssertionError("The service did not start", e);
        }
    }

    ServiceClient client() throws IOException, InterruptedException {
        return new ServiceClient(address(), home);
    }

    public URI address() throws InterruptedException {
        return URI.create("http://127.0.0.1:" + program.awaitLine(PORT).group(1));
    }

    /** SIGKILL. Returns when it is dead. */
    public void kill() {
        program.kill();
    }

    /** @param name such as STOP */
    void signal(String name) {
        try {
            assertThat(new ProcessBuilder("kill", "-" + name, Long.toString(pid()))
                            .start()
                            .waitFor())
                    .isZero();
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    long pid() {
        return program.pid();
    }

    /** SIGTERM. Returns its exit code when it has ended. */
    public int stop() throws InterruptedException {
        program.terminate();
        return awaitExit();
    }

    int awaitExit() throws InterruptedException {
        return program.awaitExit();
    }

    String output() {
        return program.output();
    }

    @Override
    public void close() {
        program.close();
    }
}
