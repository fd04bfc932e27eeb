package dev.afterimage.hook;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The end of what comes in pieces, however much it is. */
final class Tail {

    private final int most;
    private byte[] bytes = {};
    private boolean cut;

    /** @param most bytes that are kept */
    Tail(int most) {
        this.most = most;
    }

    synchronized void keep(byte[] more, int count) {
        int added = Math.min(count, most);
        int kept = Math.min(bytes.length, most - added);
        cut |= added < count || kept < bytes.length;
        var now = Arrays.copyOfRange(bytes, bytes.length - kept, bytes.length + added);
        System.arraycopy(more, count - added, now, kept, added);
        bytes = now;
    }

    /** Whether there was more before it. */
    synchronized boolean isCut() {
        return cut;
    }

    synchronized String text() {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
