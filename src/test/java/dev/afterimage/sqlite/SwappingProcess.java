package dev.afterimage.sqlite;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** Puts a link to another directory in a directory's place, and the directory back, again and again until it is killed. */
final class SwappingProcess {

    public static void main(String[] arguments) throws IOException {
        var directory = Path.of(arguments[0]);
        var other = Path.of(arguments[1]);
        var aside = directory.resolveSibling("aside");
        var link = directory.resolveSibling("link");
        Files.createSymbolicLink(link, other);
        System.out.println("swapping");
        while (true) {
            Files.move(directory, aside, StandardCopyOption.ATOMIC_MOVE);
            Files.move(link, directory, StandardCopyOption.ATOMIC_MOVE);
            Files.move(directory, link, StandardCopyOption.ATOMIC_MOVE);
            Files.move(aside, directory, StandardCopyOption.ATOMIC_MOVE);
        }
    }

    private SwappingProcess() {}
}
