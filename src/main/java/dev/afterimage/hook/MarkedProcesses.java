package dev.afterimage.hook;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * The processes that have a hook's mark in their environment: it is inherited by all that a hook starts, also by those whose parent has ended. Not those
 * of other users, and none where there is no /proc. For one thread at a time.
 */
final class MarkedProcesses {

    static final String VARIABLE = "AFTERIMAGE_HOOK";

    private static final int MOST_PASSES = 10;

    /** A process that is just being executed has no environment, or not all of it, until its program is loaded. What is so for so long stays so. */
    private static final Duration LONGEST_LOAD = Duration.ofSeconds(1);

    private static final long LOOK_AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final String assignment;

    /** By the clock that processes are started by. */
    private final Instant since;

    private final Set<ProcessHandle> neverWhole = new HashSet<>();

    private MarkedProcesses(String mark, Instant since) {
        this.assignment = VARIABLE + "=" + mark;
        this.since = since;
    }

    /** @param mark what the mark begins with */
    static MarkedProcesses of(String mark) {
        return new MarkedProcesses(mark, Instant.MAX);
    }

    /** Waits for what is just being executed and may be one. */
    static MarkedProcesses startedSince(Process first, String mark) {
        return new MarkedProcesses(mark, first.info().startInstant().orElse(Instant.MIN));
    }

    List<ProcessHandle> all() {
        var marked = new ArrayList<ProcessHandle>();
        var unknown = look(ProcessHandle.allProcesses(), marked);
        long until = System.nanoTime() + LONGEST_LOAD.toNanos();
        while (!unknown.isEmpty() && System.nanoTime() < until) {
            LockSupport.parkNanos(LOOK_AGAIN_NANOS);
            unknown = look(unknown.stream(), marked);
        }
        neverWhole.addAll(unknown);
        return marked;
    }

    /** @return those of which it is not known yet */
    private List<ProcessHandle> look(Stream<ProcessHandle> processes, List<ProcessHandle> marked) {
        var unknown = new ArrayList<ProcessHandle>();
        processes.forEach(process -> {
            var environment = environment(process);
            if (environment.contains(assignment)) {
                marked.add(process);
            } else if (!isWhole(environment) && mayBeLoading(process)) {
                unknown.add(process);
            }
        });
        return unknown;
    }

    private static String environment(ProcessHandle process) {
        try {
            return Files.readString(directory(process).resolve("environ"), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return ""; // it has ended, or is another user's
        }
    }

    private static boolean isWhole(String environment) {
        return environment.indexOf('=') > 0 && environment.endsWith("\0");
    }

    /** One that has ended, or is the kernel's, has no program. */
    private boolean mayBeLoading(ProcessHandle process) {
        try {
            Files.readSymbolicLink(directory(process).resolve("exe"));
        } catch (IOException e) {
            return false;
        }
        return !neverWhole.contains(process)
                && process.info()
                        .startInstant()
                        .filter(start -> !start.isBefore(since))
                        .isPresent();
    }

    private static Path directory(ProcessHandle process) {
        return Path.of("/proc/" + process.pid());
    }

    /** Again until there is none left, since one may start another in the moment before it dies. */
    void kill() {
        for (int pass = 0; pass < MOST_PASSES; pass++) {
            var marked = all();
            if (marked.isEmpty()) {
                return;
            }
            marked.forEach(ProcessHandle::destroyForcibly);
        }
    }
}
