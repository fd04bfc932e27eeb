package dev.afterimage.backup;

import dev.afterimage.lifecycle.StartStep;
import org.springframework.stereotype.Component;

/** Ends the operator's commands that a dead process has left running, and releases what it had frozen. */
@Component
class FrozenLeftovers extends StartStep {

    private final Freezing freezing;

    FrozenLeftovers(Freezing freezing) {
        super(2); // before workers, whose jobs freeze again
        this.freezing = freezing;
    }

    @Override
    protected void take() {
        freezing.releaseLeftOfDeadProcess();
    }
}
