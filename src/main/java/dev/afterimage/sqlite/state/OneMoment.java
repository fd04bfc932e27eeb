package dev.afterimage.sqlite.state;

import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.format.WalIndexHeader;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Brings several pinned databases to states that all held at one instant. Those in rollback-journal mode hold SHARED and do
 * not change. Of the others it is read how far each WAL is committed, twice, as a <a
 * href="https://doi.org/10.1145/153724.153741">double collect</a>: if nothing was committed between the two readings of any of them, what
 * was read is the state of all at every instant between the end of the first round and the beginning of the second.
 */
public final class OneMoment {

    /** A round takes microseconds, or as long as the WALs are read where the -shm may not be written; those in rollback mode keep writers waiting. */
    private static final Duration LONGEST = Duration.ofSeconds(1);

    /** More of one round does not count: the machine may have stopped us in it, which says nothing of how fast others commit. */
    private static final Duration LONGEST_OF_A_ROUND = LONGEST.dividedBy(4);

    private final List<PinnedPages> databases;
    private final Clock clock;
    private final PageProgress progress;

    public OneMoment(List<PinnedPages> databases, Clock clock, PageProgress progress) {
        this.databases = databases;
        this.clock = clock;
        this.progress = progress;
    }

    /** @return for how long, at most, the states may be apart: zero if they are of one moment */
    public Duration find() {
        var spent = Duration.ZERO;
        while (true) {
            long start = System.nanoTime();
            var states = collect();
            var moment = clock.instant();
            boolean atOneMoment = collect().equals(states);
            var took = Duration.ofNanos(System.nanoTime() - start);
            spent = spent.plus(took.compareTo(LONGEST_OF_A_ROUND) < 0 ? took : LONGEST_OF_A_ROUND);
            if (atOneMoment || spent.compareTo(LONGEST) >= 0) {
                for (int i = 0; i < databases.size(); i++) {
                    databases.get(i).advance(states.get(i), moment);
                }
                return atOneMoment ? Duration.ZERO : took;
            }
        }
    }

    private List<Optional<WalIndexHeader>> collect() {
        return databases.stream().map(database -> database.published(progress)).toList();
    }
}
