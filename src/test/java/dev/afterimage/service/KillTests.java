package dev.afterimage.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.Torture;
import java.nio.file.Path;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code kill -9} in each phase of a backup, of a WAL database and of a rollback-mode one in turn. At least 3 kills, or as many as
 * {@code -Dtorture.minutes} has room for. {@code -Dtorture.seed} repeats a run, as far as the machine's speed is the same.
 */
class KillTests {

    private static final int KILLS = 3;

    private static final Set<Moment> PHASES = EnumSet.of(Moment.CAPTURING, Moment.SAVING, Moment.RESTORING_TO_CHECK);

    @TempDir
    Path directory;

    @Test
    void killWhileBackupsRunLosesNothingAndLeavesNothing() throws Exception {
        System.out.println("KillTests: -Dtorture.seed=" + Torture.SEED);
        var end = Instant.now().plus(Torture.TIME);
        var victim = new KilledService(directory, new Random(Torture.SEED));

        victim.kill(KILLS, end, PHASES);

        System.out.println("KillTests: " + victim.summary());
        assertThat(victim.moments())
                .as("backups were killed in each phase")
                .containsKeys(PHASES.toArray(Moment[]::new));
        assertThat(victim.moments().values().stream()
                        .mapToInt(Integer::intValue)
                        .sum())
                .isGreaterThanOrEqualTo(KILLS);
    }
}
