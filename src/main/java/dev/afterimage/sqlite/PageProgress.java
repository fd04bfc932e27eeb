package dev.afterimage.sqlite;

/**
 * Hears how far a piece of work has come. It is also the way by which cancellation enters: it is called often, also while
 * the work only waits, always on the thread that does the work.
 */
@FunctionalInterface
public interface PageProgress {

    PageProgress NONE = (done, total) -> {};

    /**
     * Hears how far it is.
     *
     * @param done pages dealt with so far, 0 to {@code total}
     * @param total pages in all, as far as known by now; 0 while it is not known
     * @throws java.util.concurrent.CancellationException to stop the work, which then cleans up and throws it on
     */
    void pages(long done, long total);

    /**
     * Begins another phase of the work, in which pages are counted anew.
     *
     * @param name upper case, as users see it
     * @param pageSize in bytes
     * @return what the phase reports to
     * @throws java.util.concurrent.CancellationException to stop the work
     */
    default PageProgress phase(String name, int pageSize) {
        return this;
    }

    /** The same for a part of the work: names of its phases end with the name of what they are about. */
    default PageProgress about(String subject) {
        var whole = this;
        return new PageProgress() {
            @Override
            public void pages(long done, long total) {
                whole.pages(done, total);
            }

            @Override
            public PageProgress phase(String name, int pageSize) {
                return whole.phase(name + " " + subject, pageSize);
            }
        };
    }
}
