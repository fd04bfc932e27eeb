package dev.afterimage.content;

import static dev.afterimage.problem.ProblemAssertions.assertThatProblem;
import static dev.afterimage.sqlite.SampleDatabases.create;
import static dev.afterimage.sqlite.SampleDatabases.filesIn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.tuple;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.sqlite.SampleDatabases;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PageDifferenceTests {

    @TempDir
    Path directory;

    private Path before;
    private Path after;

    @BeforeEach
    void twoEqualDatabases() throws Exception {
        before = SampleDatabases.accounts(directory.resolve("before.db"), "DELETE");
        create(
                before,
                "CREATE INDEX by_note ON account (note, id)",
                "CREATE TABLE old (a)",
                "INSERT INTO old VALUES (1)");
        after = Files.copy(before, directory.resolve("after.db"));
    }

    @Test
    void betweenWhenNothingChangedTellsOnlyHowManyPagesThereAre() throws Exception {
        var difference = PageDifference.between(before, after);

        assertThat(difference.changed()).isZero();
        assertThat(difference.before()).isEqualTo(Files.size(before) / 4096);
        assertThat(difference.trees()).allSatisfy(tree -> {
            assertThat(tree.changed()).isZero();
            assertThat(tree.before()).isEqualTo(tree.after()).isPositive();
        });
        assertThat(difference.trees().stream()
                        .mapToLong(PageDifference.Tree::after)
                        .sum())
                .isEqualTo(difference.after());
        assertThat(filesIn(directory)).containsExactly("after.db", "before.db");
    }

    /** A row is changed in place: its page, and the first one, whose counters tell of the commit. */
    @Test
    void betweenTellsToWhichTableChangedPagesBelong() {
        create(after, "UPDATE account SET balance = 7 WHERE id = 500");

        var difference = PageDifference.between(before, after);

        assertThat(difference.changed()).isEqualTo(2);
        assertThat(difference.trees())
                .filteredOn(tree -> tree.changed() > 0)
                .extracting(PageDifference.Tree::name, PageDifference.Tree::changed)
                .containsExactlyInAnyOrder(tuple("account", 1L), tuple("sqlite_schema", 1L));
    }

    @Test
    void betweenWhenTreesCameAndWentTellsTheirPages() {
        create(
                after,
                "DROP TABLE old",
                "CREATE TABLE new (a)",
                "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)"
                        + " INSERT INTO new SELECT randomblob(1000) FROM n");

        var difference = PageDifference.between(before, after);

        assertThat(difference.trees())
                .contains(new PageDifference.Tree("old", "old", 1, 0, 0))
                .anySatisfy(tree -> {
                    assertThat(tree.name()).isEqualTo("new");
                    assertThat(tree.before()).isZero();
                    assertThat(tree.changed()).isEqualTo(tree.after()).isGreaterThan(25);
                })
                .anySatisfy(tree -> {
                    assertThat(tree.name()).isEqualTo("by_note");
                    assertThat(tree.table()).isEqualTo("account");
                });
        assertThat(difference.after()).isGreaterThan(difference.before());
    }

    @Test
    void betweenWhenPagesAreOfDifferentSizesThrows() {
        var other = create(directory.resolve("other.db"), "PRAGMA page_size = 1024", "CREATE TABLE a (b)");

        assertThatIllegalArgumentException().isThrownBy(() -> PageDifference.between(before, other));
    }

    @Test
    void betweenWhenPagesAreDamagedThrows() throws Exception {
        var bytes = Files.readAllBytes(after);
        Arrays.fill(bytes, 4096, 4096 * 3, (byte) 0x55);
        Files.write(after, Arrays.copyOf(bytes, 4096 * 10));

        assertThatProblem(ProblemCode.CONTENT_UNREADABLE).isThrownBy(() -> PageDifference.between(before, after));
    }
}
