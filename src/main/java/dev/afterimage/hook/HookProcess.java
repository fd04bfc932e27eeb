package dev.afterimage.hook;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/** Runs a hook. */
public final class HookProcess {

    private static final long LOOK_MILLIS = 100;
    private static final int MOST_PASSES = 10;

    /** Inherited by all that a hook starts, also by those whose parent has ended: by its value they are found. */
    private static final String MARK = "AFTERIMAGE_HOOK";

    private HookProcess() {}

    /**
     * Runs it to its end.
     *
     * @param facts environment variables that tell it of the backup
     * @param meanwhile called while it runs, each tenth of a second; when that throws, the hook is killed
     * @return what it has printed last
     * @throws HookFailedException when it cannot be started, ends with another code than 0, or takes too long; in the last case it
     *     is killed, as by {@code meanwhile}, with all that it has started; what has dropped its environment and its parent lives on
     */
    public static String run(Hook hook, Map<String, String> facts, Runnable meanwhile) {
        return run(hook, UUID.randomUUID().toString(), facts, meanwhile);
    }

    /**
     * The same of one that must not outlive this process: the next start of the node ends what is left of it, by {@link #endLeftOf}. Of others it
     * is not known whether what they leave is meant to stay.
     */
    public static String run(Hook hook, UUID node, Map<String, String> facts, Runnable meanwhile) {
        return run(hook, markOf(node) + UUID.randomUUID(), facts, meanwhile);
    }

    private static String run(Hook hook, String mark, Map<String, String> facts, Runnable meanwhile) {
        var process = start(hook, facts, mark);
        var output = new OutputTail(process.getInputStream());
        if (!endsInTime(process, mark, hook.timeout(), meanwhile)) {
            var what = "did not end within %d ms".formatted(hook.timeout().toMillis());
            throw new HookFailedException(hook, what, output.text(), null);
        }
        if (process.exitValue() != 0) {
            throw new HookFailedException(hook, "ended with code " + process.exitValue(), output.text(), null);
        }
        return output.text();
    }

    /** Ends what hooks have left running whose process died: to be called while none of the node runs. */
    public static void endLeftOf(UUID node) {
        killMarked(markOf(node));
    }

    private static String markOf(UUID node) {
        return node + "/";
    }

    private static Process start(Hook hook, Map<String, String> facts, String mark) {
        var builder = new ProcessBuilder(hook.command()).redirectErrorStream(true);
        builder.environment().putAll(hook.environment());
        builder.environment().putAll(facts);
        builder.environment().put(MARK, mark);
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
    private static boolean endsInTime(Process process, String mark, Duration timeout, Runnable meanwhile) {
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
                killMarked(mark);
            }
        }
    }

    /** Children first asked for, since a dead parent knows none; killed after it, so that it starts no more. */
    private static void kill(ProcessHandle process) {
        var children = process.children().toList();
        process.destroyForcibly();
        children.forEach(HookProcess::kill);
    }

    /** Again until there is none left, since one may start another in the moment before it dies. */
    private static void killMarked(String mark) {
        for (int pass = 0; pass < MOST_PASSES; pass++) {
            var marked = ProcessHandle.allProcesses()
                    .filter(process -> isMarked(process, mark))
                    .toList();
            if (marked.isEmpty()) {
                return;
            }
            marked.forEach(ProcessHandle::destroyForcibly);
        }
    }

    /** Not where there is no /proc, of other users' processes, and of those that have ended. */
    private static boolean isMarked(ProcessHandle process, String mark) {
        try {
            var environment = Files.readAllBytes(Path.of("/proc/" + process.pid() + "/environ"));
            return new String(environment, StandardCharsets.ISO_8859_1).contains(MARK + "=" + mark);
        } catch (IOException e) {
            return false;
        }
    }
}
