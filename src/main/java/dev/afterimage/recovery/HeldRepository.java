package dev.afterimage.recovery;

import dev.afterimage.catalog.Adoptions;
import dev.afterimage.lifecycle.PeriodicThread;
import dev.afterimage.lifecycle.PeriodicWork;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.repository.lease.Hold;
import dev.afterimage.repository.lease.Lease;
import java.time.Duration;
import java.util.Optional;
import org.springframework.stereotype.Component;

/** Whether this service is the one that writes to the repository. Another may have been told to take it over. */
@Component
public class HeldRepository extends PeriodicWork {

    private final Hold hold;
    private final Adoptions adoptions;

    HeldRepository(Hold hold, Adoptions adoptions) {
        super("lease");
        this.hold = hold;
        this.adoptions = adoptions;
    }

    @Override
    protected void begin(PeriodicThread thread) {
        thread.every(hold.every(), this::look);
    }

    private void look() {
        if (adoptions.current().isEmpty()) {
            return;
        }
        try {
            hold.look();
        } catch (ProblemException away) {
            // Whoever is about to write looks again; that the storage is away is told elsewhere.
        }
    }

    /** An interruption would be told as a failure of the storage; the process ends it. */
    @Override
    protected void end(PeriodicThread thread) {
        thread.end(Duration.ZERO);
    }

    /**
     * The lease that counts.
     *
     * @throws ProblemException STORAGE_UNREACHABLE when that cannot be looked at
     */
    public Optional<Lease> lease() {
        return hold.newest();
    }

    /** Whether that is this process's. */
    public boolean isOurs() {
        return hold.isOurs();
    }

    /** @see Hold#takeOver */
    public Lease takeOver(long epoch) {
        return hold.takeOver(epoch);
    }
}
