package dev.afterimage.sqlite.replace;

import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.SampleDatabases;
import dev.afterimage.sqlite.live.HotJournals;
import java.nio.file.Path;
import java.time.Duration;

/** Replaces a live database in a process of its own, in which somebody commits meanwhile, and waits to be killed when it has kept the old state. */
final class KeepingProcess {

    /** Arguments: target, source, where to keep the old state, and what is committed. */
    public static void main(String[] arguments) {
        var target = Path.of(arguments[0]);
        try (var replacement = LiveReplace.of(target, HotJournals.SETTLE)) {
            SampleDatabases.create(target, arguments[3]);
            replacement.run(
                    Path.of(arguments[1]),
                    Duration.ofSeconds(20),
                    state -> {
                        state.copyTo(Path.of(arguments[2]), PageProgress.NONE);
                        System.out.println("kept");
                        waitForEver();
                    },
                    PageProgress.NONE);
        }
    }

    private static void waitForEver() {
        try {
            Thread.currentThread().join();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private KeepingProcess() {}
}
