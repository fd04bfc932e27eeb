package dev.afterimage.backup;

import dev.afterimage.catalog.databases.Database;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.repository.format.UnusableSnapshotException;
import dev.afterimage.sqlite.capture.Scan;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;

/** The databases of a group backup, while it runs. What fails in one of them fails with its name. */
final class GroupMembers implements AutoCloseable {

    /** A snapshot that was to be built on is damaged. */
    static final class DamagedParent extends RuntimeException {

        private final UUID databaseId;
        private final UnusableSnapshotException damage;

        private DamagedParent(UUID databaseId, UnusableSnapshotException damage) {
            super(damage);
            this.databaseId = databaseId;
            this.damage = damage;
        }

        UUID databaseId() {
            return databaseId;
        }

        UnusableSnapshotException damage() {
            return damage;
        }
    }

    private final List<GroupMember> members = new ArrayList<>();

    /** Closes it with the others. */
    void add(GroupMember member) {
        members.add(member);
    }

    List<Database> databases() {
        return members.stream().map(GroupMember::database).toList();
    }

    /** Does a step with one after the other. */
    void each(Consumer<GroupMember> step) {
        map(member -> {
            step.accept(member);
            return member;
        });
    }

    /** The same with a step that has a result. */
    <T> List<T> map(Function<GroupMember, T> step) {
        return members.stream().map(member -> result(step, member)).toList();
    }

    private static <T> T result(Function<GroupMember, T> step, GroupMember member) {
        try {
            return step.apply(member);
        } catch (UnusableSnapshotException e) {
            throw new DamagedParent(member.database().id(), e);
        } catch (ProblemException e) {
            throw failure(member.database().name(), e);
        }
    }

    /** The failure of one of them as that of the whole group, which has left no snapshot of any of them. */
    static ProblemException failure(String database, ProblemException cause) {
        var problem = cause.problem();
        var properties = new HashMap<>(problem.properties());
        properties.put("database", database);
        var hint = problem.code() == ProblemCode.METHOD_NOT_POSSIBLE
                ? "A group is taken by SCAN, which cannot capture this database as it is. Back up the others without it,"
                        + " and this one by itself."
                : problem.hint();
        return new ProblemException(
                Problem.of(problem.code(), "'%s': %s".formatted(database, problem.detail()), hint, properties), cause);
    }

    /** Brings the pinned databases to one moment; false where writers are too fast for that, which the snapshots note. */
    boolean alignMoments() {
        return Scan.atOneMoment(members.stream().map(GroupMember::scan).toList());
    }

    /** Those first whose writers wait for it, so that they do not wait for the others too. */
    void capture() {
        members.stream()
                .sorted(Comparator.comparing(GroupMember::makesWritersWait).reversed())
                .forEach(member -> result(
                        one -> {
                            one.capture();
                            return one;
                        },
                        member));
    }

    @Override
    public void close() {
        RuntimeException failure = null;
        for (var member : members) {
            try {
                member.close();
            } catch (RuntimeException e) { // the others hold locks too
                failure = failure == null ? e : failure;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
