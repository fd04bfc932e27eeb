package dev.afterimage.sqlite;

import static org.assertj.core.api.Assertions.assertThatCode;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** See {@link HostilePathTests} for journals that do name a file. */
class SuperJournalTests {

    private static final int LOOKS = 20_000;

    @TempDir
    Path directory;

    @Test
    void requireNoneWhenAWriterCreatesAndDeletesItsJournalAllTheTimeFindsNone() throws Exception {
        var source = SampleDatabases.accounts(directory.resolve("source.db"), "DELETE");
        var file = SourceFile.find(source);
        try (var writer = OtherProcess.start(CommittingProcess.class, Beside.journal(source))) {
            writer.awaitLine("committing");
            for (int look = 0; look < LOOKS; look++) {
                assertThatCode(() -> SuperJournal.requireNone(file)).doesNotThrowAnyException();
            }
        }
    }

    /** As far as the journal's name goes: it is there, and it is gone. */
    static final class CommittingProcess {

        public static void main(String[] arguments) throws Exception {
            var journal = Path.of(arguments[0]);
            System.out.println("committing");
            while (true) {
                Files.createFile(journal);
                Files.delete(journal);
            }
        }
    }
}
