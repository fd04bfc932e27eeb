package dev.afterimage.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.TestClock;
import dev.afterimage.backup.TestBackups;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CatalogCopyUpkeepTests {

    @TempDir
    Path dir;

    @Test
    void lookTakesACopyWhenTheNewestIsOldAndTellsWhyItCannot() throws Exception {
        var clock = new TestClock();
        var meters = new SimpleMeterRegistry();
        try (var backups = new TestBackups(dir, clock)) {
            var settings = new CatalogCopySettings(Duration.ofDays(1), 7);
            var upkeep = new CatalogCopyUpkeep(backups.copies, backups.catalog.databases, settings, meters, clock);
            var age = meters.get("afterimage.catalog.copy.age").timeGauge();

            upkeep.look(); // there is nothing that anybody would miss
            assertThat(backups.copies.list()).isEmpty();
            assertThat(age.value()).isNaN();

            backups.database("orders", "CREATE TABLE t (v)");
            upkeep.look();
            clock.advance(Duration.ofHours(23));
            upkeep.look();
            assertThat(backups.copies.list()).hasSize(1);
            assertThat(age.value(TimeUnit.HOURS)).isEqualTo(23);

            clock.advance(Duration.ofHours(2));
            var repository = backups.catalog.node.repositoryDirectory().orElseThrow();
            var away = Files.move(repository, dir.resolve("away"));
            Files.createDirectory(repository);
            upkeep.look();
            assertThat(upkeep.failure()).contains("There is no repository at " + repository);
            assertThat(repository).isEmptyDirectory();
            assertThat(age.value(TimeUnit.HOURS)).isEqualTo(25);

            Files.delete(repository);
            Files.move(away, repository);
            upkeep.look();
            assertThat(upkeep.failure()).isNull();
            assertThat(backups.copies.list()).hasSize(2);
            assertThat(age.value()).isZero();

            Files.writeString(
                    backups.catalog.node.catalogCopies().resolve("1.db"), "not what was copied before a migration");
            clock.advance(Duration.ofDays(2));
            upkeep.look();
            assertThat(upkeep.failure()).contains("it is not a copy of a catalog");
            assertThat(backups.copies.list()).hasSize(2);
            assertThat(age.value()).isZero();
        }
    }

    @Test
    void lookAgainWhenTheLastLookFailedTakesACopyAndElseLooksAtNothing() throws Exception {
        var clock = new TestClock();
        try (var backups = new TestBackups(dir, clock)) {
            var settings = new CatalogCopySettings(Duration.ofDays(1), 7);
            var upkeep = new CatalogCopyUpkeep(
                    backups.copies, backups.catalog.databases, settings, new SimpleMeterRegistry(), clock);
            backups.database("orders", "CREATE TABLE t (v)");
            var repository = backups.catalog.node.repositoryDirectory().orElseThrow();
            upkeep.lookAgain();
            assertThat(backups.copies.list()).isEmpty();

            var away = Files.move(repository, dir.resolve("away"));
            upkeep.look();
            Files.move(away, repository);
            upkeep.lookAgain();

            assertThat(upkeep.failure()).isNull();
            assertThat(backups.copies.list()).hasSize(1);
        }
    }

    /** Else nobody is told of a repository that has taken none since the first day. */
    @Test
    void ageWhenNoneCouldBeTakenIsInfinite() throws Exception {
        var clock = new TestClock();
        var meters = new SimpleMeterRegistry();
        try (var backups = new TestBackups(dir, clock)) {
            var settings = new CatalogCopySettings(Duration.ofDays(1), 7);
            var upkeep = new CatalogCopyUpkeep(backups.copies, backups.catalog.databases, settings, meters, clock);
            var age = meters.get("afterimage.catalog.copy.age").timeGauge();
            backups.database("orders", "CREATE TABLE t (v)");
            var blocked = Files.createFile(
                    backups.catalog.node.repositoryDirectory().orElseThrow().resolve("catalog"));

            upkeep.look();
            assertThat(upkeep.failure()).isNotNull();
            assertThat(age.value()).isInfinite();

            Files.delete(blocked);
            clock.advance(Duration.ofDays(1_000));
            upkeep.look();
            assertThat(age.value()).isZero();
            clock.advance(Duration.ofDays(-1_000));
            assertThat(age.value()).isNaN();
            upkeep.look();
            assertThat(age.value()).isZero();
            upkeep.look();
            assertThat(backups.copies.list()).hasSize(2);
        }
    }

    @Test
    void ageWhenNoneIsTakenByItselfIsThatOfTheNewest() throws Exception {
        var clock = new TestClock();
        var meters = new SimpleMeterRegistry();
        try (var backups = new TestBackups(dir, clock)) {
            backups.database("orders", "CREATE TABLE t (v)");
            backups.repository
                    .catalogObjects()
                    .put(
                            backups.catalog.identity.id(),
                            clock.instant(),
                            "request",
                            backups.catalog.node.home().resolve("node-id"));
            var settings = new CatalogCopySettings(Duration.ZERO, 7);
            var upkeep = new CatalogCopyUpkeep(backups.copies, backups.catalog.databases, settings, meters, clock);
            var age = meters.get("afterimage.catalog.copy.age").timeGauge();
            clock.advance(Duration.ofHours(5));

            upkeep.look();

            assertThat(age.value(TimeUnit.HOURS)).isEqualTo(5);
            assertThat(backups.copies.list()).hasSize(1);
        }
    }
}
