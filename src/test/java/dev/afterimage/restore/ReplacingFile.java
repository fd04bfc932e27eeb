package dev.afterimage.restore;

import dev.afterimage.sqlite.PageProgress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.UUID;

/** Replaces a file in a process of its own, and waits to be killed after a step, or replaces for ever by two files in turn. */
final class ReplacingFile {

    static final UUID JOB = new UUID(7, 7);

    public static void main(String[] arguments) throws Exception {
        var target = Path.of(arguments[0]);
        if (arguments[2].length() == 1) {
            long lastStep = Long.parseLong(arguments[2]);
            replace(target, Path.of(arguments[1]), (done, total) -> {
                if (done == lastStep) {
                    System.out.println("at the step");
                    waitForEver();
                }
            });
            return;
        }
        for (int turn = 0; true; turn++) {
            try (var replacement = ReplaceFile.open(target, JOB)) {
                replacement.recover().ifPresent(ReplacingFile::forget);
            }
            replace(target, Path.of(arguments[1 + turn % 2]), PageProgress.NONE);
            if (turn == 0) {
                System.out.println("replacing");
            }
        }
    }

    private static void replace(Path target, Path source, PageProgress progress) throws Exception {
        try (var replacement = ReplaceFile.open(target, JOB)) {
            replacement.recover();
            replacement.file().discard();
            Files.write(replacement.file().create(), Files.readAllBytes(source));
            replacement.run(Instant.parse("2026-03-01T02:03:04Z"), progress);
        }
    }

    /** Another job would not find it either. */
    private static void forget(Path folder) {
        try {
            Files.delete(folder.resolve("afterimage-" + JOB));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void waitForEver() {
        try {
            Thread.currentThread().join();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private ReplacingFile() {}
}
