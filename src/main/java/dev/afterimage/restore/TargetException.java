package dev.afterimage.restore;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Why a target cannot be restored to. The target is as it was, unless the variant says otherwise. */
public abstract sealed class TargetException extends ProblemException {

    private TargetException(ProblemCode code, String detail, @Nullable Throwable cause) {
        super(code, detail, cause);
    }

    /** A file is there already. */
    public static final class Exists extends TargetException {
        Exists(Path existing) {
            super(ProblemCode.TARGET_EXISTS, "%s exists".formatted(existing), null);
        }
    }

    /** Another process has put a file there while the old one was away. The target is not as it was: the old file is elsewhere. */
    public static final class TakenMeanwhile extends TargetException {

        private final Path oldFiles;

        TakenMeanwhile(Path created, Path oldFiles) {
            super(
                    ProblemCode.TARGET_EXISTS,
                    "%s was created by another process while it was being replaced; the old files are in %s"
                            .formatted(created, oldFiles),
                    null);
            this.oldFiles = oldFiles;
        }

        @Override
        protected String hint() {
            return "Stop that process, see which of the files is wanted, and put the old ones back by mv, or restore again.";
        }

        @Override
        protected Map<String, Object> properties() {
            return Map.of("oldFiles", oldFiles.toString());
        }
    }

    /** There is no file, but what SQLite would take for a part of one that gets its name: a WAL or a journal of another state. */
    public static final class Leftover extends TargetException {

        private static final String ASIDE = ".old";

        private final transient Path target;
        private final transient List<Path> leftovers;

        Leftover(Path target, List<Path> leftovers) {
            super(
                    ProblemCode.TARGET_EXISTS,
                    "%s does not exist, but %s does, which SQLite would apply to a file of that name"
                            .formatted(
                                    target,
                                    leftovers.stream().map(Path::toString).collect(Collectors.joining(" and "))),
                    null);
            this.target = target;
            this.leftovers = List.copyOf(leftovers);
        }

        @Override
        protected String hint() {
            return "If the database was moved away, put it back beside them. Else move them away, then restore to a NEW_FILE: "
                    + leftovers.stream()
                            .map(leftover -> Shell.move(leftover, aside(leftover)))
                            .collect(Collectors.joining(" && "));
        }

        /** Nothing has the name, else nothing would be moved. */
        private Path aside(Path leftover) {
            var database = target.getFileName().toString();
            var suffix = leftover.getFileName().toString().substring(database.length()) + ASIDE;
            var name = ReplacedFolder.prefix(database, suffix) + suffix;
            var free = leftover.resolveSibling(name);
            for (int number = 2; Files.exists(free, LinkOption.NOFOLLOW_LINKS); number++) {
                free = leftover.resolveSibling(name + "-" + number);
            }
            return free;
        }
    }

    /** What was begun could not be undone: the target is not as it was. */
    public static final class Displaced extends TargetException {

        private final Path folder;
        private final transient List<String> commands;

        Displaced(Path target, Path folder, List<String> commands, IOException why) {
            super(
                    ProblemCode.TARGET_DISPLACED,
                    "%s could not be replaced, and what was begun could not be undone (%s). Its old files are in %s"
                            .formatted(target, why, folder),
                    why);
            this.folder = folder;
            this.commands = List.copyOf(commands);
        }

        @Override
        protected Map<String, Object> properties() {
            return Map.of("oldFiles", folder.toString(), "commands", commands);
        }
    }

    /** There is nothing that could be replaced. */
    public static final class NotReplaceable extends TargetException {
        NotReplaceable(Path target) {
            super(
                    ProblemCode.TARGET_NOT_REPLACEABLE,
                    target + " is not a regular file: it does not exist, or is a directory or a symbolic link",
                    null);
        }
    }

    /** SQLite finds the WAL and the journal of a database by its name, and damages one that is opened by different names. */
    public static final class SeveralNames extends TargetException {
        SeveralNames(Path target) {
            super(ProblemCode.TARGET_NOT_REPLACEABLE, target + " has several names (hard links)", null);
        }

        @Override
        protected String hint() {
            return "See by which of its names applications open it, and remove the others; or restore to a NEW_FILE.";
        }
    }

    /** Another database than the snapshot's is registered there, and the request did not name it. */
    public static final class OtherDatabase extends TargetException {
        OtherDatabase(Path target, List<String> names) {
            super(
                    ProblemCode.TARGET_OTHER_DATABASE,
                    "%s is the file of another database, '%s'".formatted(target, String.join("', '", names)),
                    null);
        }
    }

    /** Another database is registered there than when the restore was asked for, or none, or one where there was none. */
    public static final class RegisteredAnew extends TargetException {
        RegisteredAnew(Path target) {
            super(
                    ProblemCode.TARGET_OTHER_DATABASE,
                    "What is registered at %s has changed since the restore was asked for".formatted(target),
                    null);
        }
    }

    /** The file system has not enough room. */
    public static final class Full extends TargetException {
        Full(String directories, long needed, long usable) {
            super(
                    ProblemCode.STORAGE_FULL,
                    "%s: %d bytes are needed, %d are free".formatted(directories, needed, usable),
                    null);
        }
    }

    /** It cannot be written. */
    public static final class Unwritable extends TargetException {
        Unwritable(Path target, IOException cause) {
            super(ProblemCode.TARGET_UNWRITABLE, "%s cannot be written: %s".formatted(target, cause), cause);
        }
    }
}
