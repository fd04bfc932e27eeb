package dev.afterimage.restore;

import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.replace.WhenChanged;
import java.time.Duration;
import java.util.List;

/**
 * A snapshot that was written to a file of its own, proven and checked, and whose target can take it as far as could be
 * seen. Closing removes that file, and nothing else.
 */
public sealed interface PreparedRestore extends AutoCloseable
        permits PreparedFile, PreparedReplacement, PreparedContent {

    /**
     * Gives the target the content. After a failure the target is as it was, unless the exception says otherwise.
     *
     * @param patience how long to wait for the lock of a live database
     * @param whenChanged called, for a live database, when applications committed since this was prepared
     * @param progress can cancel until the target has changed
     * @throws TargetException when the target does not take it
     * @throws dev.afterimage.problem.ProblemException the same, about a database
     * @throws java.util.concurrent.CancellationException as thrown by {@code progress}
     */
    Restored put(Duration patience, WhenChanged whenChanged, PageProgress progress);

    /**
     * Whether the target has the content, after {@link #put} has failed. Of a live database only {@link WhenChanged#replaced}
     * tells it.
     */
    boolean isPut();

    /**
     * Removes what is not needed any more once it is noted that the target has the content.
     *
     * @return what the user should know where it could not be
     */
    default List<String> tidy() {
        return List.of();
    }

    /** @throws TargetException.Unwritable when the file cannot be removed */
    @Override
    void close();
}
