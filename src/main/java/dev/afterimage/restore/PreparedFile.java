package dev.afterimage.restore;

import dev.afterimage.repository.read.Salvaged;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.replace.WhenChanged;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A restore to a new file, which lacks only its name.
 *
 * @param written its SHA-256 is null also when it is not that of the snapshot, or an earlier attempt wrote it and it is not known
 * @param salvaged what became of a damaged snapshot; null when the whole was proven
 */
record PreparedFile(
        NewFile file, Restore.Written written, @Nullable Salvaged salvaged) implements PreparedRestore {

    @Override
    public Restored put(Duration patience, WhenChanged whenChanged, PageProgress progress) {
        if (!file.isPublished()) { // by an earlier attempt, which died before it could say so
            file.publish();
        }
        return new Restored(
                file.target(),
                written.sha256(),
                null,
                Duration.ZERO,
                salvaged == null ? null : salvaged.lostPages(),
                allNotes());
    }

    private List<String> allNotes() {
        var all = new ArrayList<>(written.notes());
        if (salvaged != null) {
            all.addFirst(salvaged.summary());
        }
        return all;
    }

    @Override
    public boolean isPut() {
        return file.isPublished();
    }

    @Override
    public List<String> tidy() {
        try {
            file.discard();
            return List.of();
        } catch (TargetException.Unwritable e) {
            return List.of("The file still has a second name (%s); remove that when you can, by: %s"
                    .formatted(e.getMessage(), Shell.remove(file.temporary())));
        }
    }

    @Override
    public void close() {
        try (file) {
            file.discard();
        }
    }
}
