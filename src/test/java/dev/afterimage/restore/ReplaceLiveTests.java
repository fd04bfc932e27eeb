package dev.afterimage.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.afterimage.sqlite.SampleDatabases;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What may have become of a target between the request and its job. */
class ReplaceLiveTests extends RestoreTest {

    private Path target;
    private Path other;

    @BeforeEach
    void paths() {
        target = dir.resolve("target.db");
        other = SampleDatabases.accounts(dir.resolve("other.db"), "DELETE");
    }

    private void assertRefused(TargetMode mode, String why) {
        assertThatExceptionOfType(TargetException.class)
                .isThrownBy(() -> prepare(target, mode, backups.staging()))
                .withMessageContaining(why);
        assertThat(preview(target, mode).obstacles())
                .singleElement()
                .satisfies(obstacle -> assertThat(obstacle.detail()).contains(why));
    }

    @ParameterizedTest
    @EnumSource(names = {"REPLACE_LIVE", "REPLACE_FILE"})
    void prepareWhenTheTargetHasBecomeALinkRefuses(TargetMode mode) throws Exception {
        Files.createSymbolicLink(target, other);
        assertRefused(mode, "symbolic link");
    }

    @ParameterizedTest
    @EnumSource(names = {"REPLACE_LIVE", "REPLACE_FILE"})
    void prepareWhenTheTargetHasSeveralNamesRefuses(TargetMode mode) throws Exception {
        Files.createLink(target, other);
        assertRefused(mode, "several names");
    }
}
