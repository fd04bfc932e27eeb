package dev.afterimage.cli;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Where standard error goes. Java's own {@link java.io.Console#isTerminal()} tells only of standard input and output. */
final class StandardError {

    private static final int DESCRIPTOR = 2;
    private static final FunctionDescriptor INT_OF_INT =
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);

    /** By <a href="https://man7.org/linux/man-pages/man3/isatty.3.html">isatty(3)</a>; false where there is none. */
    static boolean isTerminal() {
        return Linker.nativeLinker()
                .defaultLookup()
                .find("isatty")
                .filter(StandardError::says)
                .isPresent();
    }

    private static boolean says(MemorySegment isatty) {
        try {
            return (int) Linker.nativeLinker()
                            .downcallHandle(isatty, INT_OF_INT)
                            .invokeExact(DESCRIPTOR)
                    == 1;
        } catch (Throwable e) {
            throw new IllegalStateException("isatty cannot be called", e);
        }
    }

    private StandardError() {}
}
