package dev.afterimage.storage;

import dev.afterimage.bytes.NoSpace;
import dev.afterimage.problem.ArchivedObject;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The storage did not do what it was asked. What it leaves behind, the method that throws it says. */
public sealed class StorageException extends ProblemException {

    public StorageException(Problem problem) {
        super(problem);
    }

    public StorageException(Problem problem, @Nullable Throwable cause) {
        super(problem, cause);
    }

    /** Something on the storage, such as an object on a bad sector, cannot be read or written. */
    public static sealed class Unreachable extends StorageException {
        public Unreachable(String detail, Throwable cause) {
            super(Problem.of(ProblemCode.STORAGE_UNREACHABLE, detail), cause);
        }

        private Unreachable(Problem problem, Throwable cause) {
            super(problem, cause);
        }
    }

    /** Objects are there, and lie in an archive: who only waits gets none of their bytes. */
    public static final class Archived extends Unreachable {

        private final String doing;
        private final List<ArchivedObject> objects;

        /** @param objects at least one */
        public Archived(String doing, List<ArchivedObject> objects, Throwable cause) {
            super(problem(doing, objects), cause);
            this.doing = doing;
            this.objects = List.copyOf(objects);
        }

        private static Problem problem(String doing, List<ArchivedObject> objects) {
            return Problem.of(
                    ProblemCode.OBJECTS_ARCHIVED,
                    "%s: %s".formatted(doing, ArchivedObject.text(objects)),
                    Map.of(
                            ArchivedObject.PROPERTY,
                            objects.stream().map(ArchivedObject::json).toList()));
        }

        /** The same with others that are wanted as well. */
        public Archived with(List<ArchivedObject> others) {
            var all =
                    Stream.concat(objects.stream(), others.stream()).distinct().toList();
            return new Archived(doing, all, this);
        }

        public List<ArchivedObject> objects() {
            return objects;
        }
    }

    /** An object that was asked for is not there. */
    public static final class Missing extends StorageException {
        public Missing(String detail, Throwable cause) {
            super(Problem.of(ProblemCode.SNAPSHOT_DAMAGED, detail), cause);
        }
    }

    /** What it means that some of so many objects cannot be deleted. */
    public static StorageException refused(List<StorageException> failures, int of) {
        var first = failures.getFirst();
        failures.stream().skip(1).forEach(first::addSuppressed);
        return failures.size() == 1
                ? first
                : new Unreachable(
                        "%d of %d objects cannot be deleted; first: %s"
                                .formatted(failures.size(), of, first.getMessage()),
                        first);
    }

    /** What the operating system's answer to reading an object means. */
    public static StorageException reading(IOException cause, String doing) {
        return cause instanceof NoSuchFileException
                ? new Missing("%s: %s".formatted(doing, cause), cause)
                : writing(cause, doing);
    }

    /** The same of anything else: a file that is missing there is a directory that was taken away, and no object. */
    public static StorageException writing(IOException cause, String doing) {
        String detail = "%s: %s".formatted(doing, cause);
        return NoSpace.isReasonFor(cause)
                ? new StorageException(Problem.of(ProblemCode.STORAGE_FULL, detail), cause)
                : new Unreachable(detail, cause);
    }
}
