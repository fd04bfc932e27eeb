package dev.afterimage.sqlite.state;

import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.sqlite.Beside;
import dev.afterimage.sqlite.live.SourceFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The files of a database exactly as they were at one instant: what a machine that crashed then would have on its disk. Whoever has made them
 * may be mistaken, so nothing is believed of them that can be seen.
 */
public final class FrozenFiles {

    /**
     * Finds the database file among them.
     *
     * @param live of which they are
     * @throws ProblemException FROZEN_FILES_UNUSABLE if it is not there, no regular file, or the live one, or what lies beside it is
     */
    public static SourceFile find(Path path, SourceFile live) {
        try {
            var real = path.toRealPath();
            var attributes = Files.readAttributes(real, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            if (!attributes.isRegularFile()) {
                throw unusable(path, "it is not a regular file", null);
            }
            if (Objects.equals(attributes.fileKey(), live.identity()) || real.equals(live.path())) {
                throw unusable(path, "it is the live database file itself", null);
            }
            requireNotLive(Beside.wal(real), Beside.wal(live.path()));
            requireNotLive(Beside.journal(real), Beside.journal(live.path()));
            return new SourceFile(real, attributes.fileKey());
        } catch (NoSuchFileException e) {
            throw unusable(path, "there is no such file", e);
        } catch (IOException e) {
            throw unusable(path, e.toString(), e);
        }
    }

    /** Linked instead of copied, it goes on changing. */
    private static void requireNotLive(Path frozen, Path live) throws IOException {
        var identity = identity(frozen);
        if (identity != null && identity.equals(identity(live))) {
            throw unusable(frozen, "it is a live file of the database itself", null);
        }
    }

    private static @Nullable Object identity(Path file) throws IOException {
        try {
            return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    public static ProblemException unusable(Path path, String why, @Nullable Throwable cause) {
        return new ProblemException(
                Problem.of(
                        ProblemCode.FROZEN_FILES_UNUSABLE,
                        "The frozen files at %s cannot be used: %s".formatted(path, why),
                        Map.of("path", path.toString())),
                cause);
    }

    private FrozenFiles() {}
}
