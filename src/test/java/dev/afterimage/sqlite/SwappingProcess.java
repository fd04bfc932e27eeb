package dev.afterimage.sqlite;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;

/**
 * Puts a link to another directory in a directory's place, and the directory back, again and again until it is killed. The link stays
 * for up to so many nanoseconds as are asked for and the directory for up to ten times as long, or each for as short as can be.
 */
public final class SwappingProcess {

    public static void main(String[] arguments) throws IOException {
        var directory = Path.of(arguments[0]);
        var other = Path.of(arguments[1]);
        var aside = directory.resolveSibling("aside");
        var link = directory.resolveSibling("link");
        Files.createSymbolicLink(link, other);
        long longest = arguments.length > 2 ? Long.parseLong(arguments[2]) : 0;
        var random = new Random(1);
        System.out.println("swapping");
        while (true) {
            Files.move(directory, aside, StandardCopyOption.ATOMIC_MOVE);
            Files.move(link, directory, StandardCopyOption.ATOMIC_MOVE);
            pause(random, longest);
            Files.move(directory, link, StandardCopyOption.ATOMIC_MOVE);
            Files.move(aside, directory, StandardCopyOption.ATOMIC_MOVE);
            pause(random, 10 * longest);
        }
    }

    private static void pause(Random random, long longest) {
        if (longest > 0) {
            LockSupport.parkNanos(random.nextLong(longest));
        }
    }

    private SwappingProcess() {}
}
