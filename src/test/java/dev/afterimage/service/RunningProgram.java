package dev.afterimage.service;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** A process of a test, and what it has printed. Closing it ends it, however the test went. */
final class RunningProgram implements AutoCloseable {

    private static final long PATIENCE_SECONDS = 600; // for a machine that is busy with other things

    private final Process process;
    private final List<String> lines = new ArrayList<>();
    private final Thread reader;
    private boolean ended;

    static RunningProgram start(List<String> command) throws IOException {
        return start(command, line -> {});
    }

    /** @param each is told of each line as it is printed, on another thread */
    static RunningProgram start(List<String> command, Consumer<String> each) throws IOException {
        return start(new ProcessBuilder(command), each);
    }

    static RunningProgram startIn(Path directory, List<String> command) throws IOException {
        return start(new ProcessBuilder(command).directory(directory.toFile()), line -> {});
    }

    private static RunningProgram start(ProcessBuilder builder, Consumer<String> each) throws IOException {
        return new RunningProgram(builder.redirectErrorStream(true).start(), each);
    }

    private RunningProgram(Process process, Consumer<String> each) {
        this.process = process;
        this.reader =
                Thread.ofPlatform().daemon().name("output of " + process.pid()).start(() -> read(each));
    }

    private void read(Consumer<String> each) {
        try (BufferedReader output = process.inputReader()) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                each.accept(line);
                add(line);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            end();
        }
    }

    private synchronized void add(String line) {
        lines.add(line);
        notifyAll();
    }

    private synchronized void end() {
        ended = true;
        notifyAll();
    }

    /** Waits until a line has been printed in which the pattern is found. */
    synchronized MatchResult awaitLine(Pattern pattern) throws InterruptedException {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        for (int seen = 0; ; seen++) {
            while (seen == lines.size()) {
                long left = TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime());
                if (ended || left <= 0) {
                    throw new AssertionError("No line with '%s' in:%n%s".formatted(pattern, output()));
                }
                wait(left);
            }
            var matcher = pattern.matcher(lines.get(seen));
            if (matcher.find()) {
                return matcher.toMatchResult();
            }
        }
    }

    /** Waits for its end, and for the end of its output. Returns its exit code. */
    int awaitExit() throws InterruptedException {
        if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("Still running:%n%s".formatted(output()));
        }
        reader.join();
        return process.exitValue();
    }

    /** SIGKILL. Returns when it is dead. By its handle, because {@link Process#destroyForcibly} also closes its output. */
    void kill() {
        process.toHandle().destroyForcibly();
        process.onExit().join();
    }

    /** SIGTERM. */
    void terminate() {
        process.toHandle().destroy();
    }

    /** Ends its standard input. */
    void endInput() throws IOException {
        process.getOutputStream().close();
    }

    boolean running() {
        return process.isAlive();
    }

    long pid() {
        return process.pid();
    }

    List<Long> children() {
        return process.children().map(ProcessHandle::pid).toList();
    }

    synchronized String output() {
        return String.join("\n", lines);
    }

    @Override
    public void close() {
        kill();
    }
}
