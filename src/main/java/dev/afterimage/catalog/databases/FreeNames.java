package dev.afterimage.catalog.databases;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Names of databases that nobody has: the wanted one, or with a number. It goes on where it was, so ten thousand of one name are no work. */
final class FreeNames {

    private static final int LONGEST_NAME = 63;

    private final Set<String> taken;
    private final Map<String, Integer> numbers = new HashMap<>();

    /** @param taken those that are known to be */
    FreeNames(Collection<String> taken) {
        this.taken = new HashSet<>(taken);
    }

    /** One that is neither known to be taken, nor was given before. */
    String next(String wanted) {
        int number = numbers.getOrDefault(wanted, 1);
        while (!taken.add(numbered(wanted, number))) {
            number++;
        }
        numbers.put(wanted, number);
        return numbered(wanted, number);
    }

    private static String numbered(String wanted, int number) {
        if (number == 1) {
            return wanted;
        }
        var suffix = "-" + number;
        return wanted.substring(0, Math.min(wanted.length(), LONGEST_NAME - suffix.length())) + suffix;
    }
}
