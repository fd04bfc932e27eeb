package dev.afterimage.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.cli.Commands;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.slf4j.LoggerFactory;

/** A command that has run, and what it printed. */
record CommandRun(int exitCode, String out, String err) {

    private static final long PATIENCE_SECONDS = 600;

    /** In this JVM, which spares the start of another one. */
    static CommandRun here(Object... arguments) {
        LoggerFactory.getILoggerFactory(); // the one of the tests, which a command would do without
        var properties = (Properties) System.getProperties().clone();
        var out = System.out;
        var err = System.err;
        var newOut = new ByteArrayOutputStream();
        var newErr = new ByteArrayOutputStream();
        try {
            System.setOut(new PrintStream(newOut, true, StandardCharsets.UTF_8));
            System.setErr(new PrintStream(newErr, true, StandardCharsets.UTF_8));
            var strings = Stream.of(arguments).map(Object::toString).toArray(String[]::new);
            assertThat(Commands.areMeantBy(strings)).isTrue();
            int exitCode = Commands.run(strings);
            return new CommandRun(
                    exitCode, newOut.toString(StandardCharsets.UTF_8), newErr.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(out);
            System.setErr(err);
            System.setProperties(properties);
        }
    }

    /** In a process of its own. */
    static CommandRun of(Object... arguments) throws Exception {
        return in(Path.of("."), ServiceRuntime.command(), arguments);
    }

    static CommandRun in(Path directory, List<String> java, Object... arguments) throws Exception {
        return with(Map.of(), directory, java, arguments);
    }

    /** The same with more variables in its environment. */
    static CommandRun with(Map<String, String> environment, Object... arguments) throws Exception {
        return with(environment, Path.of("."), ServiceRuntime.command(), arguments);
    }

    private static CommandRun with(
            Map<String, String> environment, Path directory, List<String> java, Object... arguments) throws Exception {
        var command = new ArrayList<>(java);
        List.of(arguments).forEach(argument -> command.add(argument.toString()));
        var builder = new ProcessBuilder(command).directory(directory.toFile());
        builder.environment().put("LC_ALL", "C.UTF-8");
        builder.environment().putAll(environment);
        var process = builder.start();
        try {
            process.getOutputStream().close();
            var out = CompletableFuture.supplyAsync(() -> text(process.getInputStream()));
            var err = CompletableFuture.supplyAsync(() -> text(process.getErrorStream()));
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new AssertionError("Still running: " + command);
            }
            return new CommandRun(process.exitValue(), out.get(), err.get());
        } finally {
            process.destroyForcibly();
        }
    }

    private static String text(InputStream stream) {
        try (stream) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
