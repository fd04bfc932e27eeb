package dev.afterimage;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** The arrows between packages, as {@code docs/design.md} section 3 draws them. */
@AnalyzeClasses(
        packages = "dev.afterimage",
        importOptions = {DoNotIncludeTests.class, ArchitectureTests.Written.class})
class ArchitectureTests {

    /** By somebody: not what the build generates, see {@link PreparedBeans}. */
    static class Written implements ImportOption {

        @Override
        public boolean includes(Location location) {
            return !location.contains("__") && !location.contains("$$");
        }
    }

    @ArchTest
    static final ArchRule onlyTheArrowsOfTheDesign = layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .layer("api")
            .definedBy("dev.afterimage.api..")
            .layer("demo")
            .definedBy("dev.afterimage.demo..")
            .layer("cli")
            .definedBy("dev.afterimage.cli..")
            .layer("access")
            .definedBy("dev.afterimage.access..")
            .layer("limits")
            .definedBy("dev.afterimage.limits..")
            .layer("schedule")
            .definedBy("dev.afterimage.schedule..")
            .layer("discovery")
            .definedBy("dev.afterimage.discovery..")
            .layer("notify")
            .definedBy("dev.afterimage.notify..")
            .layer("protection")
            .definedBy("dev.afterimage.protection..")
            .layer("jobs")
            .definedBy("dev.afterimage.jobs..")
            .layer("hook")
            .definedBy("dev.afterimage.hook..")
            .layer("backup")
            .definedBy("dev.afterimage.backup..")
            .layer("recovery")
            .definedBy("dev.afterimage.recovery..")
            .layer("restore")
            .definedBy("dev.afterimage.restore..")
            .layer("check")
            .definedBy("dev.afterimage.check..")
            .layer("retention")
            .definedBy("dev.afterimage.retention..")
            .layer("copies")
            .definedBy("dev.afterimage.copies..")
            .layer("repair")
            .definedBy("dev.afterimage.repair..")
            .layer("catalog")
            .definedBy("dev.afterimage.catalog..")
            .layer("repository")
            .definedBy("dev.afterimage.repository..")
            .layer("sqlite")
            .definedBy("dev.afterimage.sqlite..")
            .layer("content")
            .definedBy("dev.afterimage.content..")
            .layer("follow")
            .definedBy("dev.afterimage.follow..")
            .layer("storage")
            .definedBy("dev.afterimage.storage..")
            .layer("problem")
            .definedBy("dev.afterimage.problem..")
            .layer("bytes")
            .definedBy("dev.afterimage.bytes..")
            .layer("lifecycle")
            .definedBy("dev.afterimage.lifecycle..")
            .whereLayer("api")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("demo")
            .mayNotAccessAnyLayer()
            .whereLayer("cli")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("cli")
            .mayOnlyAccessLayers("recovery", "restore", "catalog", "sqlite", "repository", "storage", "problem")
            .whereLayer("access")
            .mayOnlyBeAccessedByLayers("api")
            .whereLayer("access")
            .mayOnlyAccessLayers("catalog", "problem", "lifecycle", "bytes")
            .whereLayer("limits")
            .mayOnlyBeAccessedByLayers("api")
            .whereLayer("limits")
            .mayOnlyAccessLayers("problem")
            .whereLayer("schedule")
            .mayOnlyBeAccessedByLayers("api")
            .whereLayer("schedule")
            .mayOnlyAccessLayers(
                    "jobs", "notify", "backup", "follow", "check", "catalog", "problem", "sqlite", "lifecycle")
            .whereLayer("discovery")
            .mayOnlyBeAccessedByLayers("api")
            .whereLayer("discovery")
            .mayOnlyAccessLayers("catalog", "sqlite", "problem", "lifecycle")
            .whereLayer("notify")
            .mayOnlyBeAccessedByLayers("api", "schedule")
            .whereLayer("notify")
            .mayOnlyAccessLayers("protection", "jobs", "backup", "retention", "catalog", "problem", "lifecycle")
            .whereLayer("protection")
            .mayOnlyBeAccessedByLayers("api", "notify")
            .whereLayer("protection")
            .mayOnlyAccessLayers(
                    "jobs", "recovery", "backup", "follow", "copies", "catalog", "problem", "sqlite", "lifecycle")
            .whereLayer("jobs")
            .mayOnlyAccessLayers(
                    "hook",
                    "recovery",
                    "backup",
                    "follow",
                    "restore",
                    "check",
                    "retention",
                    "copies",
                    "repair",
                    "catalog",
                    "problem",
                    "sqlite",
                    "lifecycle")
            .whereLayer("hook")
            .mayOnlyBeAccessedByLayers("jobs", "backup")
            .whereLayer("hook")
            .mayOnlyAccessLayers("problem")
            .whereLayer("backup")
            .mayOnlyAccessLayers(
                    "follow", "check", "sqlite", "repository", "catalog", "hook", "problem", "lifecycle", "bytes")
            .whereLayer("recovery")
            .mayOnlyBeAccessedByLayers("api", "cli", "jobs", "protection", "repair")
            .whereLayer("recovery")
            .mayOnlyAccessLayers("backup", "follow", "sqlite", "repository", "catalog", "problem", "lifecycle", "bytes")
            .whereLayer("content")
            .mayOnlyAccessLayers("sqlite", "problem")
            .whereLayer("restore")
            .mayOnlyAccessLayers("content", "sqlite", "repository", "catalog", "problem", "lifecycle", "bytes")
            .whereLayer("check")
            .mayOnlyAccessLayers("content", "sqlite", "repository", "catalog", "problem")
            .whereLayer("retention")
            .mayOnlyAccessLayers("sqlite", "repository", "catalog", "problem", "lifecycle", "bytes")
            .whereLayer("copies")
            .mayOnlyBeAccessedByLayers("api", "jobs", "protection", "follow")
            .whereLayer("copies")
            .mayOnlyAccessLayers("retention", "sqlite", "repository", "storage", "catalog", "problem", "lifecycle")
            .whereLayer("repair")
            .mayOnlyBeAccessedByLayers("api", "jobs")
            .whereLayer("repair")
            .mayOnlyAccessLayers("recovery", "follow", "check", "repository", "catalog", "sqlite", "problem")
            .whereLayer("follow")
            .mayOnlyAccessLayers("copies", "sqlite", "repository", "catalog", "problem", "lifecycle", "bytes")
            .whereLayer("catalog")
            .mayOnlyAccessLayers("problem", "lifecycle", "bytes")
            .whereLayer("repository")
            .mayOnlyAccessLayers("storage", "sqlite", "problem", "bytes")
            .whereLayer("sqlite")
            .mayOnlyAccessLayers("problem", "bytes")
            .whereLayer("storage")
            .mayOnlyAccessLayers("problem", "bytes")
            .whereLayer("problem")
            .mayNotAccessAnyLayer()
            .whereLayer("bytes")
            .mayNotAccessAnyLayer()
            .whereLayer("lifecycle")
            .mayNotAccessAnyLayer();

    @ArchTest
    static final ArchRule noCycles =
            slices().matching("dev.afterimage.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule noCyclesBetweenResources =
            slices().matching("dev.afterimage.api.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule noCyclesWithinSqlite =
            slices().matching("dev.afterimage.sqlite.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule noCyclesWithinTheRepository =
            slices().matching("dev.afterimage.repository.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule noKindOfStorageKnowsAnother =
            slices().matching("dev.afterimage.storage.(*)..").should().notDependOnEachOther();

    @ArchTest
    static final ArchRule storageKnowsNoneOfItsKinds = noClasses()
            .that()
            .resideInAPackage("dev.afterimage.storage")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.afterimage.storage.*..");

    @ArchTest
    static final ArchRule noPartOfTheRepositoryKnowsTheWhole = noClasses()
            .that()
            .resideInAPackage("dev.afterimage.repository.*..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.afterimage.repository");

    @ArchTest
    static final ArchRule noSpringBelowTheUseCasesNorInTheCommands = noClasses()
            .that()
            .resideInAnyPackage(
                    "dev.afterimage.cli..",
                    "dev.afterimage.content..",
                    "dev.afterimage.sqlite..",
                    "dev.afterimage.repository..",
                    "dev.afterimage.storage..",
                    "dev.afterimage.bytes",
                    "dev.afterimage.problem")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.springframework..");

    /** There is one way: work that hangs must hold up nothing else. */
    @ArchTest
    static final ArchRule periodicWorkHasThreadsOfItsOwn = noClasses()
            .that()
            .doNotHaveFullyQualifiedName("dev.afterimage.lifecycle.PeriodicThread")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.springframework.scheduling", "org.springframework.scheduling.annotation")
            .orShould()
            .dependOnClassesThat()
            .areAssignableTo("java.util.concurrent.ScheduledExecutorService");

    @ArchTest
    static final ArchRule packagesAreNamedByMeaning = noClasses()
            .should()
            .resideInAnyPackage(
                    "..config..", "..util..", "..common..", "..dto..", "..mapper..", "..service..", "..impl..")
            .orShould()
            .haveSimpleNameEndingWith("Impl");

    @ArchTest
    static void picturesShowTheArrowsAsTheyAre(JavaClasses classes) throws IOException {
        assertDrawn("packages", PackagePicture.of(classes, "dev.afterimage", Set.of("problem", "bytes", "lifecycle")));
        for (var part : List.of("api", "repository", "sqlite")) {
            assertDrawn(
                    "packages-" + part, PackagePicture.of(classes, "dev.afterimage." + part, Set.of("http", "fields")));
        }
    }

    private static void assertDrawn(String name, String picture) throws IOException {
        var drawn = Path.of("docs/images", name + ".svg");
        if (Boolean.getBoolean("pictures.update")) {
            Files.writeString(drawn, picture);
        }
        assertThat(drawn)
                .as("Packages use one another otherwise: mvn test -Dtest=ArchitectureTests -Dpictures.update=true")
                .hasContent(picture);
    }

    @ArchTest
    static void noTwoTypesHaveOneName(JavaClasses classes) {
        var names = classes.stream()
                .filter(type -> type.isTopLevelClass() && !type.getSimpleName().equals("package-info"))
                .collect(Collectors.groupingBy(JavaClass::getSimpleName, Collectors.counting()));
        names.values().removeIf(times -> times == 1);
        assertThat(names).isEmpty();
    }
}
