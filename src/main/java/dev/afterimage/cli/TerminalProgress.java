package dev.afterimage.cli;

import dev.afterimage.sqlite.PageProgress;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** One line of a terminal that says how far a phase of the work is. */
final class TerminalProgress implements PageProgress {

    private static final long BETWEEN_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final String CLEAR_LINE = "\r\033[K"; // EL of https://www.xfree86.org/current/ctlseqs.html

    private final PrintWriter terminal;
    private final PageProgress next;
    private final String phase;
    private long shownAt = System.nanoTime() - BETWEEN_NANOS;

    /** @param next is told first, each time */
    TerminalProgress(PrintWriter terminal, PageProgress next, String phase) {
        this.terminal = terminal;
        this.next = next;
        this.phase = phase;
    }

    @Override
    public PageProgress phase(String name, int pageSize) {
        return new TerminalProgress(terminal, next.phase(name, pageSize), name.toLowerCase(Locale.ROOT));
    }

    @Override
    public void pages(long done, long total) {
        next.pages(done, total);
        if (done == total) {
            terminal.print(CLEAR_LINE);
            terminal.flush();
        } else if (System.nanoTime() - shownAt >= BETWEEN_NANOS) {
            shownAt = System.nanoTime();
            terminal.print(CLEAR_LINE + phase + (done == 0 ? "" : " %d %%".formatted(100 * done / total)));
            terminal.print('\r'); // so that an error overwrites it
            terminal.flush();
        }
    }
}
