package dev.afterimage.sqlite.live;

/**
 * What is done about a hot journal. It may be of a writer that has crashed, and then whoever reads next has to roll it back; but a writer
 * that lives and locks in another way than SQLite's usual one looks the same, and rolling back beneath it destroys the database.
 */
public enum HotJournals {
    /** Left for whoever opens the database next. */
    LEAVE,
    /** Rolled back when all processes of this machine can be seen, and none has the database or the journal open. */
    SETTLE_WHERE_HOLDERS_ARE_SEEN,
    /** Rolled back when no process that can be seen has the database or the journal open. */
    SETTLE;

    /** @param unseen whether also where processes may have it open that cannot be seen */
    public static HotJournals settled(boolean unseen) {
        return unseen ? SETTLE : SETTLE_WHERE_HOLDERS_ARE_SEEN;
    }
}
