package dev.afterimage.hook;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Runs a hook. */
public final class HookProcess {

    private static final long LOOK_MILLIS = 100;

    private HookProcess() {}

    /**
     * Runs it to its end.
     *
     * @param facts environment variables that tell it of the backup
     * @param meanwhile called while it runs; when that throws, the hook is killed
     * @throws HookFailedException when it cannot be started, ends with another code than 0, or takes too long; in the last case it
     *     is killed with all that it has started
     */
    public static void run(Hook hook, Map<String, String> facts, Runnable meanwhile) {
        var process = start(hook, facts);
        var output = new OutputTail(process.getInputStream());
        if (!endsInTime(process, hook.timeout(), meanwhile)) {
            var what = "did not end within %d ms".formatted(hook.timeout().toMillis());
            throw new HookFailedException(hook, what, output.text(), null);
        }
        if (process.exitValue() != 0) {
            throw new HookFailedException(hook, "ended with code " + process.exitValue(), output.text(), null);
        }
    }

    private static Process start(Hook hook, Map<String, String> facts) {
        var builder = new ProcessBuilder(hook.command()).redirectErrorStream(true);
        builder.environment().putAll(hook.environment());
        builder.environment().putAll(facts);
        var directory = hook.workingDirectory();
        if (directory != null) {
            builder.directory(directory.toFile());
        }
        try {
            var process = builder.start();
            process.getOutputStream().close(); // it reads the end of its input at once, instead of waiting
            return process;
        } catch (IOException e) {
            throw new HookFailedException(hook, "could not be started: " + e.getMessage(), "", e);
        }
    }

    /** What does not end in time, or must stop, is dead when this returns. */
    private static boolean endsInTime(Process process, Duration timeout, Runnable meanwhile) {
        long until = System.nanoTime() + timeout.toNanos();
        try {
            while (!process.waitFor(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
                meanwhile.run();
                if (System.nanoTime() > until) {
                    return false;
                }
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            if (process.isAlive()) {
                kill(process.toHandle());
            }
        }
    }

    /** Children first asked for, since a dead parent knows none; killed after it, so that it starts no more. */
    private static void kill(ProcessHandle process) {
        var children = process.children().toList();
        process.destroyForcibly();
        children.forEach(HookProcess::kill);
    }
}
