package dev.afterimage.restore;

import java.nio.file.Path;

/** Commands for a POSIX shell, by which somebody completes by hand what could not be done here. */
final class Shell {

    private Shell() {}

    /** The path as one word, whatever characters it has. */
    static String word(Path path) {
        return "'" + path.toString().replace("'", "'\\''") + "'";
    }

    /** Moves a file to where nothing is. */
    static String move(Path from, Path to) {
        return "mv -n -- %s %s".formatted(word(from), word(to));
    }

    /** Removes a file as long as the one is there that is to come in its place. */
    static String removeWhile(Path there, Path file) {
        return "test -e %s && %s".formatted(word(there), remove(file));
    }

    static String remove(Path file) {
        return "rm -f -- " + word(file);
    }
}
