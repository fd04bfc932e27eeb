package dev.afterimage.backup;

import dev.afterimage.catalog.home.Node;
import dev.afterimage.hook.HookProcess;
import dev.afterimage.lifecycle.StartStep;
import org.springframework.stereotype.Component;

/**
 * Ends the operator's commands that a dead process has left running, lest they freeze more, or act on what is not locked any more. What is
 * frozen is released later ({@link FrozenUpkeep}): a command that hangs must not keep the service from starting.
 */
@Component
class CommandLeftovers extends StartStep {

    private final Node node;

    CommandLeftovers(Node node) {
        super(2); // before workers, whose jobs run such commands again
        this.node = node;
    }

    @Override
    protected void take() {
        HookProcess.endLeftOf(node.id());
    }
}
