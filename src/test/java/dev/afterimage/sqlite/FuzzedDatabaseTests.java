package dev.afterimage.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.Torture;
import java.nio.file.Path;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Mutated databases, WALs and journals are read in all ways by which files of others are read. The process that reads them does not
 * die of it, is never held up for long, tells of what is wrong by a problem of ours, and changes no other file. The same
 * mutants in each build; {@code -Dtorture.minutes=10} takes others, and more.
 */
class FuzzedDatabaseTests {

    private static final int MUTANTS_IN_A_BUILD = 20;

    @TempDir
    Path directory;

    @Test
    void everyMutantIsReadOrRefusedByAProcessThatGoesOn() {
        var complaints = new ArrayList<String>();
        int mutants = 0;
        var last = "none";
        try (var process = OtherProcess.start(
                FuzzingProcess.class, directory, Torture.SEED, MUTANTS_IN_A_BUILD, Torture.TIME.toMillis())) {
            for (var line = process.nextLine(); !line.startsWith("ended"); line = process.nextLine()) {
                if (line.startsWith("seed")) {
                    mutants++;
                    last = line;
                } else {
                    complaints.add(line);
                }
            }
            assertThat(process.awaitExit()).isZero();
        } catch (AssertionError e) {
            throw new AssertionError("the process died of the mutant of " + last, e);
        }
        System.out.println(mutants + " mutants");
        assertThat(complaints).isEmpty();
        assertThat(mutants).isGreaterThanOrEqualTo(MUTANTS_IN_A_BUILD);
    }
}
