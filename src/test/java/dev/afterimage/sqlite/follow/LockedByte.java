package dev.afterimage.sqlite.follow;

import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A process that locks a byte of a file for itself from when it prints {@code locked} until it is ended. */
final class LockedByte {

    /** Arguments: file, position of the byte. */
    public static void main(String[] arguments) throws Exception {
        try (var file = FileChannel.open(Path.of(arguments[0]), StandardOpenOption.READ, StandardOpenOption.WRITE);
                var _ = file.lock(Long.parseLong(arguments[1]), 1, false)) {
            System.out.println("locked");
            System.in.read();
        }
    }

    private LockedByte() {}
}
