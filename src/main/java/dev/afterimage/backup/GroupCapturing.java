package dev.afterimage.backup;

import dev.afterimage.catalog.databases.Database;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.capture.Capture;
import dev.afterimage.sqlite.capture.FrozenScan;
import dev.afterimage.sqlite.capture.ScanLock;
import dev.afterimage.sqlite.live.CaptureOptions;
import dev.afterimage.sqlite.live.SourceFile;
import dev.afterimage.sqlite.state.FrozenState;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Captures the databases of a group at one moment: by scanning them, or from files that are all frozen at once.
 *
 * @param commands that run while the databases are held
 * @param frozen what is to be frozen; null to scan
 * @param staging an empty directory; empty again afterwards
 */
record GroupCapturing(
        JobCommands commands, @Nullable Frozen frozen, Path staging, CaptureOptions options, PageProgress progress) {

    private static final String SCANNED = "A group is taken by SCAN, which can pin several databases at one moment.";

    private static final String HELD = "A command runs under locks, and SCAN captures what is locked.";

    /** That is held while a database is pinned. */
    ScanLock lock(Database database) {
        return frozen == null
                ? ScanLock.strongest(ScanLock.READ, commands.lock(database))
                : FrozenCapturing.lock(frozen, commands, database).orElse(ScanLock.READ);
    }

    GroupCaptured run(GroupMembers members) {
        boolean commanded = members.databases().stream()
                .anyMatch(database -> commands.of(database).isPresent());
        if (frozen == null) {
            return commanded ? held(members) : scanned(members);
        }
        frozen.prepare();
        return frozen.lock().isEmpty() && !commanded
                ? frozenWithoutLock(frozen, members)
                : frozenUnderLock(frozen, members);
    }

    private static GroupCaptured scanned(GroupMembers members) {
        members.each(GroupMember::firstPass);
        members.each(GroupMember::pin);
        boolean oneMoment = members.alignMoments();
        members.capture();
        return captured(oneMoment, members, Method.SCAN, SCANNED, GroupMember::finish);
    }

    private GroupCaptured held(GroupMembers members) {
        members.each(GroupMember::firstPass);
        members.each(GroupMember::hold);
        boolean oneMoment = members.alignMoments();
        return commands.run(members.databases(), progress, () -> members.each(GroupMember::requireHeld), () -> {
            members.each(GroupMember::captureHeld);
            return captured(oneMoment, members, Method.SCAN, HELD, GroupMember::finish);
        });
    }

    private GroupCaptured frozenUnderLock(Frozen frozen, GroupMembers members) {
        members.each(GroupMember::hold);
        boolean nobodyCommits = members.databases().stream().map(this::lock).noneMatch(ScanLock.READ::equals);
        boolean oneMoment = nobodyCommits || members.alignMoments();
        Runnable requireHeld = () -> members.each(GroupMember::requireHeld);
        var held = commands.run(members.databases(), progress, requireHeld, () -> {
            frozen.create(progress, requireHeld);
            return letGo(members);
        });
        return captured(
                oneMoment, members, Method.FILESYSTEM_SNAPSHOT, frozen.reason(), member -> read(frozen, member, held));
    }

    private static Map<UUID, FrozenState> letGo(GroupMembers members) {
        var held = new HashMap<UUID, FrozenState>();
        members.each(member -> held.put(member.database().id(), member.letGo()));
        return held;
    }

    private Capture read(Frozen frozen, GroupMember member, Map<UUID, FrozenState> held) {
        var database = member.database();
        return FrozenScan.run(
                frozen.path(database),
                Objects.requireNonNull(held.get(database.id())),
                member.finish(),
                options,
                member.draft().writer()::add,
                progress.about(database.name()));
    }

    private GroupCaptured frozenWithoutLock(Frozen frozen, GroupMembers members) {
        var walBytes = new HashMap<UUID, Long>();
        members.each(member -> walBytes.put(member.database().id(), live(member).walBytes()));
        var at = options.clock().instant();
        frozen.create(progress, () -> {});
        return captured(
                true,
                members,
                Method.FILESYSTEM_SNAPSHOT,
                frozen.reason(),
                member -> FrozenCapturing.recovered(
                        frozen.path(member.database()),
                        live(member),
                        at,
                        Objects.requireNonNull(walBytes.get(member.database().id())),
                        staging,
                        member.draft(),
                        progress.about(member.database().name())));
    }

    private static SourceFile live(GroupMember member) {
        return SourceFile.find(member.database().path());
    }

    private static GroupCaptured captured(
            boolean oneMoment,
            GroupMembers members,
            Method method,
            String reason,
            Function<GroupMember, Capture> capturing) {
        var captured = new HashMap<UUID, Captured>();
        members.each(member -> captured.put(
                member.database().id(), new Captured(Method.AUTO, method, reason, capturing.apply(member))));
        return new GroupCaptured(oneMoment, captured);
    }
}
