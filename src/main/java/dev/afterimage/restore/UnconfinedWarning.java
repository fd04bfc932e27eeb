package dev.afterimage.restore;

import dev.afterimage.sqlite.replace.LiveReplace;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.stereotype.Component;

/** Tells the operator at the start when the kernel does not keep restores inside of the directories of their targets. */
@Component
class UnconfinedWarning implements SmartInitializingSingleton {

    private static final Logger log = LoggerFactory.getLogger(UnconfinedWarning.class);

    @Override
    public void afterSingletonsInstantiated() {
        if (!LiveReplace.isConfined()) {
            log.warn(
                    "The kernel has no Landlock, or does not let the service use it. REPLACE_LIVE compares what SQLite has opened before"
                            + " anything is written, and NEW_FILE and REPLACE_FILE write nowhere else as ever; but who may rename the directories on"
                            + " the way to a target could have REPLACE_LIVE make or delete a -wal or -journal elsewhere: let nobody else write them");
        }
    }
}
