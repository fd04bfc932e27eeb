package dev.afterimage.sqlite.check;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What a check has found so far, in bounded memory: of what is beyond, only the number of complaints about content is known. */
final class Findings {

    /** More lines of a kind help nobody. */
    private static final int MOST_LINES = 100;

    private final Set<String> damage = new LinkedHashSet<>();
    private final Set<String> content = new LinkedHashSet<>();
    private final List<String> unproven = new ArrayList<>();
    private long contentViolations;

    /** A row as SQLite printed it. */
    void add(String row) {
        switch (Complaint.of(row)) {
            case STRUCTURE -> addDamage(row);
            case CONTENT -> {
                contentViolations++;
                addUpTo(MOST_LINES, content, row);
            }
            case UNPROVEN -> unproven.add(row);
        }
    }

    /** May have several lines. */
    void addDamage(String text) {
        text.lines().forEach(line -> addUpTo(MOST_LINES, damage, line));
    }

    private static void addUpTo(int most, Set<String> lines, String line) {
        if (lines.size() < most) {
            lines.add(line);
        }
    }

    void addUnproven(String line) {
        unproven.add(line);
    }

    boolean anyDamage() {
        return !damage.isEmpty();
    }

    CheckResult result(CheckLevel level, long foreignKeyViolations) {
        return new CheckResult(
                level,
                List.copyOf(damage),
                contentViolations,
                List.copyOf(content),
                foreignKeyViolations,
                List.copyOf(unproven));
    }
}
