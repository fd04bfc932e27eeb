package dev.afterimage.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.afterimage.LoopImage;
import dev.afterimage.LoopVolume;
import dev.afterimage.catalog.TimeOrderedId;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.hook.FileSystemSnapshotSettings;
import dev.afterimage.hook.Freeze;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.SampleDatabases;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.config.YamlPropertiesFactoryBean;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.core.io.ByteArrayResource;

/** The recipes of the manual for method FILESYSTEM_SNAPSHOT, each on its file system, beside an application that writes all the time. */
class FileSystemRecipeTests {

    @TempDir
    Path dir;

    @Test
    void btrfsKeepsInvariantsOfAWriter() throws Exception {
        try (var image = LoopImage.btrfs(dir)) {
            var mount = image.mount();
            assertThat(LoopImage.run("btrfs", "subvolume", "create", mount + "/data"))
                    .isTrue();
            var snapshots = Files.createDirectory(mount.resolve("snapshots"));
            requireInvariants(mount.resolve("data"), recipe("btrfs", Map.of("/srv", mount.toString())));
            assertThat(SampleDatabases.filesIn(snapshots)).isEmpty();
        }
    }

    @Test
    void xfsKeepsInvariantsOfAWriter() throws Exception {
        try (var image = LoopImage.xfs(dir)) {
            var mount = image.mount();
            var clones = Files.createDirectory(mount.resolve("clones"));
            requireInvariants(
                    Files.createDirectory(mount.resolve("data")), recipe("xfs", Map.of("/srv", mount.toString())));
            assertThat(SampleDatabases.filesIn(clones)).isEmpty();
        }
    }

    @Test
    void lvmKeepsInvariantsOfAWriterAndLeavesNoVolumeWhateverFails() throws Exception {
        try (var volume = LoopVolume.ext4(dir)) {
            var run = Files.createDirectory(dir.toRealPath().resolve("run"));
            var names = Map.of(
                    "/srv/data",
                    volume.mount().toString(),
                    "vg/",
                    volume.group() + "/",
                    " vg)",
                    " " + volume.group() + ")",
                    "/run",
                    run.toString(),
                    "5G",
                    "40M");
            requireInvariants(volume.mount(), recipe("lvm", names));
            assertThat(volume.names()).containsExactly("data");

            var failing = new HashMap<>(names);
            failing.put("mount -o ro ", "mount -o no_such_option ");
            try (var backups = new TestBackups(dir, Clock.systemUTC(), recipe("lvm", failing))) {
                var database = backups.catalog.databases.find("first").orElseThrow();
                TestBackups.execute(database.path(), "UPDATE n SET n = -1");
                assertThatExceptionOfType(ProblemException.class).isThrownBy(() -> backups.run(database));
                assertThat(backups.freezing.left()).isZero();
            }
            assertThat(volume.names()).containsExactly("data");
            assertThat(SampleDatabases.filesIn(run)).isEmpty();
        }
    }

    private void requireInvariants(Path data, Map<String, Freeze> recipe) throws Exception {
        try (var backups = new TestBackups(dir, Clock.systemUTC(), recipe)) {
            var labels = Map.of("fs", recipe.keySet().iterator().next().substring(3));
            var first = Files.createDirectory(data.resolve("app")).resolve("first.db");
            var second = data.resolve("second.db");
            TwoDatabasesWriter.create(first, "WAL");
            TwoDatabasesWriter.create(second, "DELETE");
            var databases = List.of(
                    backups.catalog.databases.add("first", first, labels),
                    backups.catalog.databases.add("second", second, labels));
            try (var writer = TwoDatabasesWriter.start(first, second)) {
                requireOneMoment(backups, databases, databases);
                requireOneMoment(backups, databases, databases.reversed());
                assertThat(writer.isAlive()).as("met no error").isTrue();
            }
            assertThat(backups.freezing.left()).isZero();
        }
    }

    private void requireOneMoment(TestBackups backups, List<Database> databases, List<Database> inTurn)
            throws Exception {
        var clock = Clock.systemUTC();
        var members = inTurn.stream()
                .map(database -> new GroupPlan.Member(database.id(), TimeOrderedId.next(clock)))
                .toList();
        var plan = new GroupPlan(UUID.randomUUID(), members, Map.of(), 0);
        var group = backups.groupBackup.run(
                JobCommands.none(plan.groupId()), plan, Duration.ofSeconds(30), backups.staging(), PageProgress.NONE);
        assertThat(group.oneMoment()).isTrue();
        assertThat(group.snapshots())
                .allSatisfy(
                        snapshot -> assertThat(snapshot.capture().methodUsed()).isEqualTo("FILESYSTEM_SNAPSHOT"));
        assertThat(committed(backups, group, databases.get(0)) - committed(backups, group, databases.get(1)))
                .as("the writer commits to one after the other")
                .isBetween(0L, 1L);
    }

    private long committed(TestBackups backups, GroupTaken group, Database database) throws Exception {
        var snapshot = group.snapshots().stream()
                .filter(one -> one.databaseId().equals(database.id()))
                .findFirst()
                .orElseThrow();
        var file = Files.write(dir.resolve(snapshot.id() + ".db"), backups.content(snapshot));
        assertThat(SampleDatabases.ask(file, "PRAGMA integrity_check")).isEqualTo("ok");
        return Long.parseLong(SampleDatabases.ask(file, "SELECT n FROM n"));
    }

    /** @param here what names of the manual are called here */
    private static Map<String, Freeze> recipe(String fileSystem, Map<String, String> here) throws IOException {
        var block = Pattern.compile("(?s)```yaml\n((?:(?!```).)*\\[fs=" + fileSystem + "].*?)```")
                .matcher(Files.readString(Path.of("docs/file-systems.md")));
        assertThat(block.find()).isTrue();
        var text = block.group(1);
        for (var name : here.entrySet()) {
            assertThat(text).contains(name.getKey());
            text = text.replace(name.getKey(), name.getValue());
        }
        var yaml = new YamlPropertiesFactoryBean();
        yaml.setResources(new ByteArrayResource(text.getBytes(StandardCharsets.UTF_8)));
        return new Binder(new MapConfigurationPropertySource(yaml.getObject()))
                .bind("afterimage", FileSystemSnapshotSettings.class)
                .get()
                .fileSystemSnapshots();
    }
}
