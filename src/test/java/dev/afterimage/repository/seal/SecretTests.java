package dev.afterimage.repository.seal;

import static dev.afterimage.problem.ProblemAssertions.assertThatProblem;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.afterimage.problem.ProblemCode;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One rule for the files of passphrases and keys, whoever reads them. */
class SecretTests {

    /** What a file has, and the passphrase that it is. */
    private static final Map<String, String> CASES = Map.of(
            "secret", "secret",
            "secret\n", "secret",
            "secret\r\n", "secret",
            "secret\n\n", "secret\n",
            "secret \n", "secret ",
            " secret", " secret",
            "secret\r", "secret\r",
            "two\nlines\n", "two\nlines",
            "größer\n", "größer",
            "\ufeffsecret", "\ufeffsecret");

    @TempDir
    Path directory;

    @Test
    void passphraseFileWhenItEndsWithALineEndCutsThatAndNothingElse() throws IOException {
        var file = directory.resolve("passphrase");
        for (var one : CASES.entrySet()) {
            Files.writeString(file, one.getKey());
            assertThat(Secret.passphraseFile(file).bytes())
                    .isEqualTo(one.getValue().getBytes(UTF_8));
            assertThat(Secret.passphraseFile(file).isSame(Secret.passphrase(one.getValue())))
                    .isTrue();
        }
    }

    @Test
    void scriptWhenItReadsAPassphraseFileHasTheSameRule() throws Exception {
        var file = directory.resolve("passphrase");
        var program = "import sys; sys.path.insert(0, 'examples'); import read_snapshot;"
                + " print(read_snapshot.read_secret(sys.argv[1]).hex())";
        for (var one : CASES.entrySet()) {
            Files.writeString(file, one.getKey());
            Process process;
            try {
                process = new ProcessBuilder("python3", "-B", "-c", program, file.toString()).start();
            } catch (IOException e) {
                assumeTrue(false, "needs python3");
                throw e;
            }
            var read = new String(process.getInputStream().readAllBytes(), UTF_8).strip();
            assertThat(process.waitFor()).isZero();
            assertThat(HexFormat.of().parseHex(read)).isEqualTo(one.getValue().getBytes(UTF_8));
        }
    }

    @Test
    void passphraseFileWhenItIsNoneIsRefusedWithItsName() throws IOException {
        var file = directory.resolve("passphrase");
        assertThatProblem(ProblemCode.REPOSITORY_LOCKED, file.toString()).isThrownBy(() -> Secret.passphraseFile(file));
        Files.writeString(file, "\n");
        assertThatProblem(ProblemCode.REPOSITORY_LOCKED, "is empty").isThrownBy(() -> Secret.passphraseFile(file));
        Files.write(file, new byte[] {'a', (byte) 0xff, 'b'});
        assertThatProblem(ProblemCode.REPOSITORY_LOCKED, "UTF-8").isThrownBy(() -> Secret.passphraseFile(file));
        Files.write(file, new byte[1 << 17]);
        assertThatProblem(ProblemCode.REPOSITORY_LOCKED, "more than").isThrownBy(() -> Secret.passphraseFile(file));
        assertThatProblem(ProblemCode.REPOSITORY_LOCKED, "").isThrownBy(() -> Secret.passphraseFile(directory));
    }

    @Test
    void keyFileWhenItIsShortIsRefused() throws IOException {
        var file = directory.resolve("key");
        Files.write(file, new byte[31]);
        assertThatProblem(ProblemCode.REPOSITORY_LOCKED, "32 bytes").isThrownBy(() -> Secret.keyFile(file));
        Files.write(file, new byte[32]);
        assertThat(Secret.keyFile(file).bytes()).hasSize(32);
    }

    @Test
    void newKeyFileIsTypedInAgainAndNeverOverwritesOne() throws IOException {
        var file = directory.resolve("key");
        var secret = Secret.newKeyFile(file);

        var digits = Files.readString(file).strip();
        assertThat(digits).matches("[0-9a-f]{64}");
        assertThat(secret.isSame(Secret.key(digits))).isTrue();
        assertThat(Secret.keyFile(file).isSame(secret)).isTrue();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThatExceptionOfType(FileAlreadyExistsException.class).isThrownBy(() -> Secret.newKeyFile(file));
        assertThat(Files.readString(file).strip()).isEqualTo(digits);
    }

    /** A process without a UTF-8 locale has the same sign for each byte of a variable that is not ASCII: many passphrases would be one. */
    @Test
    void passphraseWhenItIsNotWhatWasTypedIsRefused() {
        for (var text : List.of("\ufffd\ufffd\ufffd\ufffd12345", "correct \ud800 horse")) {
            assertThatProblem(ProblemCode.REPOSITORY_LOCKED, "file").isThrownBy(() -> Secret.passphrase(text));
        }
        assertThat(Secret.passphrase("grüße 😀").bytes()).isEqualTo("grüße 😀".getBytes(UTF_8));
    }

    @Test
    void textOfASecretDoesNotTellIt() {
        assertThat(Secret.passphrase("correct horse")).hasToString("PASSPHRASE");
    }
}
