package dev.afterimage.restore;

import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.WhenChanged;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A restore to a new file, which lacks only its name.
 *
 * @param sha256 of the file, hexadecimal; null when it is not known
 */
record PreparedFile(NewFile file, @Nullable String sha256) implements PreparedRestore {

    @Override
    public Restored put(Duration patience, WhenChanged whenChanged, PageProgress progress) {
        if (!file.isPublished()) { // by an earlier attempt, which died before it could say so
            file.publish();
        }
        return Restored.file(file.target(), sha256);
    }

    @Override
    public void close() {
        file.discard();
    }
}
