package dev.afterimage.restore;

import java.nio.file.Path;
import java.util.List;

/**
 * A database file has been replaced.
 *
 * @param oldFiles the folder with the old file and what was beside it
 * @param notes what the user should know
 */
record FileReplacement(Path oldFiles, List<String> notes) {

    FileReplacement {
        notes = List.copyOf(notes);
    }
}
