package dev.afterimage.cli;

import dev.afterimage.sqlite.PageProgress;
import java.io.PrintWriter;

/** What a command says on standard error beside its result: warnings, and on a terminal how far it is. */
record Messages(PrintWriter err) {

    /** Names the manifests that cannot be read; returns whether there are any. */
    boolean warnOfUnreadable(StoredDatabase database) {
        for (var unreadable : database.listing().unreadable()) {
            err.printf("warning: %s cannot be read: %s%n", unreadable.key(), Printable.of(unreadable.reason()));
        }
        err.flush();
        return !database.listing().unreadable().isEmpty();
    }

    /** @param termination asked first, each time */
    PageProgress progress(Termination termination) {
        return StandardError.isTerminal() ? new TerminalProgress(err, termination, "") : termination;
    }
}
