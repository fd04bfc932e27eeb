package dev.afterimage.hook;

import java.io.IOException;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** A command that runs. */
public final class HookProcess {

    private static final long LOOK_MILLIS = 100;

    private final Command command;
    private final boolean withAllItStarts;
    private final Process process;
    private final MarkedProcesses marked;
    private final OutputTail output;

    /**
     * Runs it to its end.
     *
     * @param facts environment variables that tell it of the backup
     * @param meanwhile called while it runs, each tenth of a second; when that throws, the command is killed
     * @throws HookFailedException when it cannot be started, ends with another code than 0, or takes too long; in the last case it
     *     is killed, as by {@code meanwhile}, with all that it has started; what has dropped its environment and its parent lives on
     */
    public static void run(Command command, Map<String, String> facts, Runnable meanwhile) {
        new HookProcess(command, UUID.randomUUID().toString(), false, facts).run(meanwhile);
    }

    /**
     * The same of one that must not outlive this process: the next start of the node ends what is left of it, by {@link #endLeftOf}. Of others it
     * is not known whether what they leave is meant to stay.
     */
    public static void run(Command command, UUID node, Map<String, String> facts, Runnable meanwhile) {
        new HookProcess(command, markOf(node) + UUID.randomUUID(), false, facts).run(meanwhile);
    }

    /**
     * The same of one that nothing may outlive which it has started: it has ended when all of that has, and nothing is left of one that fails.
     *
     * @param printed is told what it has printed last, however it has ended
     */
    public static void runWithAllItStarts(
            Command command, UUID node, Map<String, String> facts, Runnable meanwhile, Consumer<String> printed) {
        var process = new HookProcess(command, markOf(node) + UUID.randomUUID(), true, facts);
        try {
            process.run(meanwhile);
        } finally {
            printed.accept(process.output.text());
        }
    }

    /** Ends what hooks have left running whose process died: to be called while none of the node runs. */
    public static void endLeftOf(UUID node) {
        MarkedProcesses.of(markOf(node)).kill();
    }

    private static String markOf(UUID node) {
        return node + "/";
    }

    private HookProcess(Command command, String mark, boolean withAllItStarts, Map<String, String> facts) {
        this.command = command;
        this.withAllItStarts = withAllItStarts;
        this.process = start(command, facts, mark);
        this.marked = MarkedProcesses.startedSince(process, mark);
        this.output = new OutputTail(process.getInputStream());
    }

    private static Process start(Command command, Map<String, String> facts, String mark) {
        var builder = new ProcessBuilder(command.command()).redirectErrorStream(true);
        builder.environment().putAll(command.environment());
        builder.environment().putAll(facts);
        builder.environment().put(MarkedProcesses.VARIABLE, mark);
        var directory = command.workingDirectory();
        if (directory != null) {
            builder.directory(directory.toFile());
        }
        try {
            var process = builder.start();
            process.getOutputStream().close(); // it reads the end of its input at once, instead of waiting
            return process;
        } catch (IOException e) {
            throw new HookFailedException(command, "could not be started: " + e.getMessage(), "", e);
        }
    }

    private void run(Runnable meanwhile) {
        if (!endsInTime(meanwhile)) {
            var what = "did not end within %d ms".formatted(command.timeout().toMillis());
            throw failed(withAllItStarts ? what + ", with all that it has started" : what);
        }
        if (process.exitValue() != 0) {
            throw failed("ended with code " + process.exitValue());
        }
    }

    private HookFailedException failed(String what) {
        return new HookFailedException(command, what, output.text(), null);
    }

    /** What does not end in time, or must stop, is dead when this returns. */
    private boolean endsInTime(Runnable meanwhile) {
        long until = System.nanoTime() + command.timeout().toNanos();
        boolean ended = false;
        try {
            while (goesOn()) {
                meanwhile.run();
                if (System.nanoTime() > until) {
                    return false;
                }
            }
            ended = !withAllItStarts || process.exitValue() == 0;
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            if (!ended) {
                kill(process.toHandle());
                marked.kill();
            }
        }
    }

    /** Whether it has not ended, after a while. */
    private boolean goesOn() throws InterruptedException {
        if (!process.waitFor(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
            return true;
        }
        if (!withAllItStarts || process.exitValue() != 0 || marked.all().isEmpty()) {
            return false;
        }
        Thread.sleep(LOOK_MILLIS);
        return true;
    }

    /** Children first asked for, since a dead parent knows none; killed after it, so that it starts no more. */
    private static void kill(ProcessHandle process) {
        var children = process.children().toList();
        process.destroyForcibly();
        children.forEach(HookProcess::kill);
    }
}
