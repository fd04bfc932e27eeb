package dev.afterimage.repository.read;

import dev.afterimage.problem.ProblemException;
import dev.afterimage.repository.format.SnapshotDamagedException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What is found to be damaged, or cannot be read, while the rest is read on. Keeps the first few of many. */
final class DamageFound {

    private static final int MOST = 20;

    private final Set<String> first = new LinkedHashSet<>();
    private long others;

    void add(ProblemException problem) {
        var text = problem instanceof SnapshotDamagedException damaged
                ? damaged.damage()
                : String.valueOf(problem.getMessage());
        if (first.size() < MOST) {
            first.add(text);
        } else if (!first.contains(text)) {
            others++;
        }
    }

    List<String> texts() {
        var texts = new ArrayList<>(first);
        if (others > 0) {
            texts.add("%d more like these".formatted(others));
        }
        return texts;
    }
}
