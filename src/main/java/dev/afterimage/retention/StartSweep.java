package dev.afterimage.retention;

import dev.afterimage.repository.Repository;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/** Deletes, before any job runs, what a crash left in the repository: layers without a manifest, half-written objects. */
@Component
class StartSweep implements SmartLifecycle {

    private final Repository repository;
    private boolean done;

    StartSweep(Repository repository) {
        this.repository = repository;
    }

    @Override
    public void start() {
        repository.sweep();
        done = true;
    }

    @Override
    public void stop() {
        done = false;
    }

    @Override
    public boolean isRunning() {
        return done;
    }

    /** Before the web server and the workers. */
    @Override
    public int getPhase() {
        return 0;
    }
}
