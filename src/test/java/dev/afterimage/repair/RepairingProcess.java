package dev.afterimage.repair;

import dev.afterimage.backup.TestBackups;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.storage.FaultyStorage;
import dev.afterimage.storage.local.LocalStorage;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** Repairs a home from its copy, and stops for ever, to be killed, when it is about to put the first object; prints that one's key. */
final class RepairingProcess {

    private RepairingProcess() {}

    /** @param arguments the home's directory, and the one that the copy "disk" lies in */
    public static void main(String[] arguments) {
        var answers = System.out;
        System.setOut(System.err); // for the log
        var clock = Clock.systemUTC();
        try (var backups = new TestBackups(Path.of(arguments[0]), clock)) {
            var own = new LocalStorage(
                    backups.catalog.node.repositoryDirectory().orElseThrow(), 0, backups.catalog.adoptions::current);
            var storage = new FaultyStorage(own, call -> {
                if (call.method().equals("put")) {
                    answers.println(call.what());
                    awaitDeath();
                }
            });
            TestRepair.from(backups, storage, Path.of(arguments[1]), List.of("disk"), clock)
                    .run(new RepairOrder(null, false), backups.staging(), PageProgress.NONE);
        }
    }

    private static void awaitDeath() {
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
