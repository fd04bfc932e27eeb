package dev.afterimage.sqlite.live;

import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.sqlite.PageProgress;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteJDBCLoader;

/**
 * Has work done by a thread that can make, change and delete files nowhere but in some directories. SQLite opens, makes and deletes a WAL or a journal
 * by name whenever it needs one; should somebody have put a link to another directory in the place of the database's by then, the
 * kernel refuses it. It knows the directories by their inodes (<a href="https://man7.org/linux/man-pages/man7/landlock.7.html">Landlock</a>,
 * Linux 5.13 and later). Where the kernel has no such thing ({@link #isAvailable}) the work is done all the same; where it has, but a thread cannot
 * be confined, it is not.
 *
 * <p>A thread cannot be freed again, and those that it starts are confined as well, so each piece of work has a new one. What others are to do
 * meanwhile (the catalog, the repository) is done {@linkplain #outside outside}, by the thread that waits for the work; so is looking at
 * other processes, of which the kernel shows a confined thread nothing ({@link #unconfined}).
 */
public final class Confinement {

    private static final long CREATE_RULESET = 444;
    private static final long ADD_RULE = 445;
    private static final long RESTRICT_SELF = 446;
    private static final long VERSION_ONLY = 1;
    private static final long BENEATH_PATH = 1;
    private static final int SET_NO_NEW_PRIVILEGES = 38;

    /** Writing and deleting files, making any kind of them; of directories too. Reading stays free. */
    private static final long CHANGES = 0x1ff2L;

    /** Known from version 3 on. */
    private static final long TRUNCATING = 1 << 14;

    private static final MethodHandle SYSCALL = call(
            "syscall",
            FunctionDescriptor.of(
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG));

    private static final MethodHandle PRCTL = call(
            "prctl",
            FunctionDescriptor.of(
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG));

    private static MethodHandle call(String name, FunctionDescriptor type) {
        var linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), type, Linker.Option.firstVariadicArg(1));
    }

    private static final ThreadLocal<@Nullable Confinement> PRESENT = new ThreadLocal<>();

    private final Path target;
    private final List<Descriptor> directories;
    private final BlockingQueue<Runnable> outside = new LinkedBlockingQueue<>();

    private Confinement(Path target, List<Descriptor> directories) {
        this.target = target;
        this.directories = directories;
    }

    /** Work that may need something done by the thread that waits for it. */
    @FunctionalInterface
    public interface Work<T> {
        T run(Confinement confinement);
    }

    /**
     * Does the work, while the caller waits for it.
     *
     * @param target whose work it is
     * @throws ProblemException TARGET_UNWRITABLE if the kernel has Landlock, but refuses it; nothing is done then
     */
    public static <T> T to(Path target, List<Descriptor> directories, Work<T> work) {
        unpackSqlite();
        var confinement = new Confinement(target, directories);
        return confinement.wait(new FutureTask<>(() -> {
            confinement.confine();
            PRESENT.set(confinement); // it ends with its thread
            return work.run(confinement);
        }));
    }

    /** To a file, when it is first needed, where the confined thread may make none. */
    private static void unpackSqlite() {
        try {
            SQLiteJDBCLoader.initialize();
        } catch (Exception e) {
            throw new IllegalStateException("SQLite cannot be loaded", e);
        }
    }

    private <T> T wait(FutureTask<T> work) {
        Thread.ofPlatform().name(Thread.currentThread().getName() + "-confined").start(() -> {
            work.run();
            outside.add(() -> {}); // so that the caller looks
        });
        boolean interrupted = false;
        while (!work.isDone()) {
            try {
                outside.take().run();
            } catch (InterruptedException e) {
                interrupted = true; // it uses what the caller would close
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return result(work);
    }

    /** Has something done by the thread that waits for the work, which may do whatever it could do before. */
    public <T> T outside(Supplier<T> errand) {
        var task = new FutureTask<>(errand::get);
        outside.add(task);
        return result(task);
    }

    /** The same for what has no result. */
    public void outside(Runnable errand) {
        outside(() -> {
            errand.run();
            return errand;
        });
    }

    /** Has something looked at that a confined thread does not see: outside by one, else by the present thread. */
    static <T> T unconfined(Supplier<T> look) {
        var present = PRESENT.get();
        return present == null ? look.get() : present.outside(look);
    }

    /** The same progress, told outside. */
    public PageProgress outside(PageProgress progress) {
        return new PageProgress() {
            @Override
            public void pages(long done, long total) {
                outside(() -> progress.pages(done, total));
            }

            @Override
            public PageProgress phase(String name, int pageSize) {
                return outside(outside(() -> progress.phase(name, pageSize)));
            }
        };
    }

    private static <T> T result(FutureTask<T> task) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return task.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Error failure) {
                throw failure;
            }
            throw e.getCause() instanceof RuntimeException failure ? failure : new IllegalStateException(e);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Whether the kernel has such a thing, and lets us use it. */
    public static boolean isAvailable() {
        return version() > 0;
    }

    private static long version() {
        return syscall(CREATE_RULESET, 0, 0, VERSION_ONLY, 0);
    }

    /** Restricts the current thread for good. */
    private void confine() {
        long version = version();
        if (version < 1) {
            return;
        }
        long changes = version < 3 ? CHANGES : CHANGES | TRUNCATING;
        try (var arena = Arena.ofConfined()) {
            var attributes = arena.allocate(Long.BYTES, Long.BYTES);
            attributes.set(ValueLayout.JAVA_LONG, 0, changes);
            try (var rules = Descriptor.of(require(syscall(CREATE_RULESET, attributes.address(), Long.BYTES, 0, 0)))) {
                for (var directory : directories) {
                    var rule = arena.allocate(Long.BYTES + Integer.BYTES, Long.BYTES);
                    rule.set(ValueLayout.JAVA_LONG, 0, changes);
                    rule.set(ValueLayout.JAVA_INT, Long.BYTES, directory.number());
                    require(syscall(ADD_RULE, rules.number(), BENEATH_PATH, rule.address(), 0));
                }
                require(setNoNewPrivileges());
                require(syscall(RESTRICT_SELF, rules.number(), 0, 0, 0));
            }
        }
    }

    private long require(long result) {
        if (result < 0) {
            throw new ProblemException(Problem.of(
                    ProblemCode.TARGET_UNWRITABLE,
                    target
                            + " is not written: the kernel has Landlock, but refuses to confine a thread of the service to its directory",
                    "Let the service's seccomp profile allow prctl, landlock_add_rule and landlock_restrict_self, or none of landlock's calls,"
                            + " and see that it has descriptors left. Or stop the application and use REPLACE_FILE."));
        }
        return result;
    }

    private static long setNoNewPrivileges() {
        try {
            return (int) PRCTL.invokeExact(SET_NO_NEW_PRIVILEGES, 1L, 0L, 0L, 0L);
        } catch (Throwable e) {
            throw new IllegalStateException("prctl(2) cannot be called", e);
        }
    }

    private static long syscall(long number, long first, long second, long third, long fourth) {
        try {
            return (long) SYSCALL.invokeExact(number, first, second, third, fourth);
        } catch (Throwable e) {
            throw new IllegalStateException("syscall(2) cannot be called", e);
        }
    }
}
