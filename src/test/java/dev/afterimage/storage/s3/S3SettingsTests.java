package dev.afterimage.storage.s3;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class S3SettingsTests {

    /** As often as not it is there, with a typing error, and what is not a setting is told only after all others were read. */
    @Test
    void settingsWhenOneOfTwoThatGoTogetherIsMissingNameIt() {
        var file = Path.of("key");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> new S3Settings(null, null, null, null, null, null, file, null, null, null, null))
                .withMessage("secret-access-key-file is set, and access-key-id-file, which goes with it, is not");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new S3Settings(null, null, null, "id", null, null, null, null, null, null, null))
                .withMessage("access-key-id is set, and secret-access-key, which goes with it, is not");
    }
}
