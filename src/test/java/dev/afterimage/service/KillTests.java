package dev.afterimage.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.Torture;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code kill -9} at moments spread over all that the service does in a backup: of two services side by side, one for a
 * WAL database, one for a rollback-mode database. At least 4 kills, or as many as {@code -Dtorture.minutes} has room
 * for. {@code -Dtorture.seed} repeats a run, as far as the machine's speed is the same.
 */
class KillTests {

    private static final int KILLS_EACH = 2;

    private static final Set<Moment> PHASES = EnumSet.of(Moment.CAPTURING, Moment.SAVING, Moment.RESTORING_TO_CHECK);

    @TempDir
    Path directory;

    @Test
    void killWhileBackupsRunLosesNothingAndLeavesNothing() throws Exception {
        System.out.println("KillTests: -Dtorture.seed=" + Torture.SEED);
        var random = new Random(Torture.SEED);
        var end = Instant.now().plus(Torture.TIME);
        var wal = victim("WAL", random.nextLong());
        var journal = victim("DELETE", random.nextLong());
        ServiceRuntime.command(); // made ready now, not by two threads at once

        try (var threads = Executors.newFixedThreadPool(2)) {
            Supplier<Set<Moment>> missing = () -> {
                var missed = EnumSet.copyOf(PHASES);
                missed.removeAll(wal.moments().keySet());
                missed.removeAll(journal.moments().keySet());
                return missed;
            };
            var first = threads.submit(() -> wal.kill(KILLS_EACH, end, missing));
            var second = threads.submit(() -> journal.kill(KILLS_EACH, end, missing));
            first.get();
            second.get();
        }
        var moments = new EnumMap<>(wal.moments());
        journal.moments().forEach((moment, kills) -> moments.merge(moment, kills, Integer::sum));
        System.out.printf("KillTests: %s%n  WAL: %s%n  DELETE: %s%n", moments, wal.summary(), journal.summary());
        assertThat(moments).as("backups were killed in each phase").containsKeys(PHASES.toArray(Moment[]::new));
        assertThat(moments.values().stream().mapToInt(Integer::intValue).sum()).isGreaterThanOrEqualTo(2 * KILLS_EACH);
    }

    private KilledService victim(String journalMode, long seed) throws Exception {
        return new KilledService(Files.createDirectory(directory.resolve(journalMode)), journalMode, new Random(seed));
    }
}
