package dev.afterimage.access;

import static dev.afterimage.problem.ProblemAssertions.problem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.afterimage.TestClock;
import dev.afterimage.problem.ProblemCode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdminTokenTests {

    @TempDir
    Path directory;

    private TestAccess access;

    @BeforeEach
    void open() {
        access = new TestAccess(directory, new TestClock());
    }

    @AfterEach
    void close() {
        access.close();
    }

    @Test
    void firstStartMakesAFileThatOnlyTheOwnerMayRead() throws Exception {
        access.start();

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(access.file.path())))
                .isEqualTo("rw-------");
        assertThat(caller().scope()).isEqualTo(Scope.ADMIN);
        assertThat(caller().visible().limited()).isFalse();
        assertThat(Files.list(access.file.path().getParent()))
                .extracting(file -> file.getFileName().toString())
                .contains("admin-token")
                .doesNotContain("admin-token.new");
    }

    @Test
    void fileWhereClientsMayRestoreToIsRefused() {
        var settings = new AccessSettings(directory.resolve("token"), null, null, null);
        assertThatThrownBy(() -> new AdminTokenFile(settings, access.catalog.node, access.catalog.paths))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("admin-token-file must not be under afterimage.databases.roots");
    }

    @Test
    void laterStartsChangeNothing() throws Exception {
        access.start();
        var before = Files.readString(access.file.path());
        var tokens = access.tokens.list();

        access.start();

        assertThat(Files.readString(access.file.path())).isEqualTo(before);
        assertThat(access.tokens.list()).isEqualTo(tokens);
    }

    @Test
    void startWhenTheFileWasDeletedMakesAnotherAndForgetsTheOneOfBefore() throws Exception {
        access.start();
        var before = text();
        Files.delete(access.file.path());

        access.start();

        assertThat(text()).isNotEqualTo(before);
        assertThat(caller().name()).isEqualTo("admin");
        assertThat(access.tokens.list()).hasSize(1);
        assertThatThrownBy(() -> access.tokens.caller(before)).satisfies(problem(ProblemCode.UNAUTHENTICATED));
    }

    /** Also what is left when the process dies between the file and the catalog. */
    @Test
    void startWhenSomebodyWroteATokenIntoTheFileTakesIt() throws Exception {
        access.start();
        var own = TokenText.random();
        Files.writeString(access.file.path(), own.text());

        access.start();

        assertThat(access.tokens.caller(own).scope()).isEqualTo(Scope.ADMIN);
        assertThat(access.tokens.list()).hasSize(1);
    }

    @Test
    void startWhenSomebodyWroteAWeakTokenIntoTheFileIsRefused() throws Exception {
        Files.writeString(access.file.path(), "swordfish");

        assertThatThrownBy(access::start)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(access.file.path().toString())
                .hasMessageNotContaining("swordfish");
        assertThat(access.tokens.list()).isEmpty();
    }

    @Test
    void startWhenTheTokenOfTheFileWasALesserOneMakesItAdmin() throws Exception {
        var lesser = access.token(Scope.READ);
        Files.writeString(access.file.path(), lesser.text());

        access.start();

        assertThat(caller().scope()).isEqualTo(Scope.ADMIN);
    }

    @Test
    void startWhenAnEarlierOneDiedWhileItWroteLeavesNothingOfThat() throws Exception {
        var half = access.file.path().resolveSibling("admin-token.new");
        Files.writeString(half, "ai_ha");

        access.start();

        assertThat(half).doesNotExist();
        assertThat(caller().scope()).isEqualTo(Scope.ADMIN);
    }

    @Test
    void removeOfTheAdminTokenIsRefused() throws Exception {
        access.start();
        var id = access.tokens.list().getFirst().id();

        assertThatThrownBy(() -> access.tokens.remove(id)).satisfies(problem(ProblemCode.ADMIN_TOKEN_IN_FILE));
        assertThat(caller().scope()).isEqualTo(Scope.ADMIN);
    }

    private TokenText text() throws Exception {
        return new TokenText(Files.readString(access.file.path()).strip());
    }

    private Caller caller() throws Exception {
        return access.tokens.caller(text());
    }
}
