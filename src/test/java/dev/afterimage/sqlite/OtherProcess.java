package dev.afterimage.sqlite;

import dev.afterimage.SecondJvm;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A second JVM that runs a main class of the test class path and talks by lines: what it prints is awaited, what is sent to
 * it is its standard input. Killed when closed.
 */
public final class OtherProcess implements AutoCloseable {

    private static final long LONGEST_LIFE_SECONDS = 600;

    private final Process process;
    private final BufferedReader output;
    private final BufferedWriter input;

    public static OtherProcess start(Class<?> main, Object... arguments) {
        return startUnder(List.of(), main, arguments);
    }

    /** @param prefix a command that runs the command which follows it, such as {@code unshare -m} */
    public static OtherProcess startUnder(List<String> prefix, Class<?> main, Object... arguments) {
        var command = new ArrayList<>(prefix);
        command.addAll(SecondJvm.command(64, main));
        for (var argument : arguments) {
            command.add(argument.toString());
        }
        try {
            return new OtherProcess(new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether this system has, and lets us use, such a prefix. */
    public static boolean canRunUnder(List<String> prefix) {
        var command = new ArrayList<>(prefix);
        command.add("true");
        try {
            return new OtherProcess(new ProcessBuilder(command).start()).awaitExit() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    private OtherProcess(Process process) {
        this.process = process;
        this.output = process.inputReader();
        this.input = process.outputWriter();
    }

    public long pid() {
        return process.pid();
    }

    /** Waits until it prints the line. */
    public void awaitLine(String expected) {
        for (var line = nextLine(); !line.equals(expected); line = nextLine()) {
            System.out.println("other process: " + line);
        }
    }

    /** Waits for its next line. */
    public String nextLine() {
        try {
            var line = output.readLine();
            if (line == null) {
                throw new AssertionError("the other process has ended with " + awaitExit());
            }
            return line;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public void send(String line) {
        try {
            input.write(line);
            input.newLine();
            input.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Nothing more will be sent. */
    public void endInput() {
        try {
            input.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sends a line, and waits for the one that answers it. */
    public String ask(String line) {
        send(line);
        return nextLine();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** By SIGSTOP: wherever it is, it stays there until {@link #goOn}. */
    public void stop() {
        signal("STOP");
        while (!state().equals("T")) {
            Thread.onSpinWait();
        }
    }

    public void goOn() {
        signal("CONT");
    }

    private void signal(String name) {
        try {
            new OtherProcess(new ProcessBuilder("kill", "-" + name, Long.toString(pid())).start()).awaitExit();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** As <a href="https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html">proc_pid_stat</a> has it, of the main thread. */
    private String state() {
        try {
            var stat = Files.readString(Path.of("/proc/" + pid() + "/stat"));
            return stat.substring(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public int awaitExit() {
        try {
            if (!process.waitFor(LONGEST_LIFE_SECONDS, TimeUnit.SECONDS)) {
                throw new AssertionError("the other process does not end");
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** By SIGKILL: it gets no chance to tidy up. */
    public void kill() {
        process.destroyForcibly();
        awaitExit();
    }

    @Override
    public void close() {
        kill();
    }
}
