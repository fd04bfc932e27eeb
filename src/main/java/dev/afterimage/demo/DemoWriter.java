package dev.afterimage.demo;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** The shop's application: a process of its own that places a few orders each second until its standard input ends. */
public final class DemoWriter {

    /** The service's sub-command that runs it, followed by the database's path. */
    public static final String COMMAND = "demo-writer";

    /** What it prints when the database is there. */
    static final String READY = "ready";

    private static final int PAUSE_MILLIS = 200;
    private static final int ORDERS_AT_ONCE = 2;

    /**
     * Writes to the database until standard input ends: when the process that started this one closes it, or dies,
     * however it dies.
     *
     * @param file made when missing, with some thousand orders; then stays below 10 MB
     */
    public static void run(Path file) throws SQLException, InterruptedException {
        var told = new CountDownLatch(1);
        Thread.ofPlatform().daemon().name("end-of-input").start(() -> awaitEndOfInput(told));
        try (var orders = Orders.open(file)) {
            System.out.println(READY);
            do {
                orders.place(ORDERS_AT_ONCE);
            } while (!told.await(PAUSE_MILLIS, TimeUnit.MILLISECONDS));
        }
    }

    private static void awaitEndOfInput(CountDownLatch told) {
        try {
            System.in.transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
            System.err.println("Standard input broke, so this writer ends: " + e.getMessage());
        }
        told.countDown();
    }

    private DemoWriter() {}
}
