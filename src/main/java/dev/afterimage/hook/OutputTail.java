package dev.afterimage.hook;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** Reads what a process prints, so that it never has to wait, and keeps the end of it. */
final class OutputTail {

    static final int MOST = 4096;

    /** As much as a pipe has at most, so that who prints a lot is not kept waiting. */
    private static final int AT_ONCE = 1 << 16;

    /** What a process left in the background goes on printing into is not waited for. */
    private static final Duration TO_END = Duration.ofSeconds(1);

    private final Thread reader;
    private final Tail tail = new Tail(MOST);

    OutputTail(InputStream output) {
        reader = Thread.ofPlatform().name("hook-output").daemon().start(() -> read(output));
    }

    private void read(InputStream output) {
        try (output) {
            var buffer = new byte[AT_ONCE];
            for (int count = output.read(buffer); count >= 0; count = output.read(buffer)) {
                tail.keep(buffer, count);
            }
        } catch (IOException e) {
            var failure = e.toString().getBytes(StandardCharsets.UTF_8); // who reads the tail shall know
            tail.keep(failure, failure.length);
        }
    }

    /** The last {@value MOST} bytes, once the process has ended. */
    String text() {
        try {
            reader.join(TO_END);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return tail.text();
    }
}
