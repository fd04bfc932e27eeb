package dev.afterimage.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.afterimage.TestClock;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CatalogFailureTests {

    @TempDir
    Path directory;

    /** What SQLite says of a page that the disk does not give is the same as of one with something else on it. */
    @Test
    void queryWhenThePagesCannotBeReadTellsThatTheCatalogIsAway() throws Exception {
        try (var catalog = new TestCatalog(directory.resolve("home"), directory, new TestClock())) {
            catalog.catalog.update("PRAGMA wal_checkpoint(TRUNCATE)").query().listOfRows();
            overwriteAllButTheFirstPage(directory.resolve("home/catalog.db"));

            var failure = catchThrowable(() -> catalog.catalog
                    .query("SELECT count(*) FROM sqlite_schema AS a, snapshot AS b, job AS c")
                    .query(Long.class)
                    .single());

            assertThat(CatalogFailure.of(failure)).map(Problem::code).contains(ProblemCode.STORAGE_UNREACHABLE);
            assertThat(CatalogFailure.of(failure).orElseThrow().hint()).contains("the catalog is damaged");
        }
    }

    private static void overwriteAllButTheFirstPage(Path file) throws Exception {
        try (var bytes = new RandomAccessFile(file.toFile(), "rw")) {
            var garbage = new byte[(int) bytes.length() - 4096];
            java.util.Arrays.fill(garbage, (byte) 0x5a);
            bytes.seek(4096);
            bytes.write(garbage);
        }
    }
}
