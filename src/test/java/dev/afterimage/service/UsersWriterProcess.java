package dev.afterimage.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.SecondJvm;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;

/** A {@link UsersWriter} at work. */
final class UsersWriterProcess implements AutoCloseable {

    private static final Pattern COMMITTED = Pattern.compile("^committed (\\d+)$");

    private final AtomicLong committed;
    private final RunningProgram program;

    private UsersWriterProcess(AtomicLong committed, RunningProgram program) {
        this.committed = committed;
        this.program = program;
    }

    /** Starts it and waits for its first commit. */
    static UsersWriterProcess start(UsersWriter.Plan plan) throws IOException, InterruptedException {
        var command = SecondJvm.command(64, UsersWriter.class);
        command.addAll(plan.arguments());
        var committed = new AtomicLong();
        var program = RunningProgram.start(command, line -> {
            var matcher = COMMITTED.matcher(line);
            if (matcher.find()) {
                committed.set(Long.parseLong(matcher.group(1)));
            }
        });
        program.awaitLine(COMMITTED);
        return new UsersWriterProcess(committed, program);
    }

    /** At least so many rows are committed; it may be more by now. */
    long committed() {
        return committed.get();
    }

    boolean running() {
        return program.running();
    }

    /** Waits for its end, which must be a good one. */
    void awaitDone() throws InterruptedException {
        assertThat(program.awaitExit())
                .as(
                        "%s",
                        program.output()
                                .lines()
                                .filter(line -> !line.startsWith("committed"))
                                .toList())
                .isZero();
        assertThat(program.output()).endsWith("done");
    }

    /** Lets it finish its transaction and end. */
    void stop() throws IOException, InterruptedException {
        program.endInput();
        awaitDone();
    }

    @Override
    public void close() {
        program.close();
    }
}
