package dev.afterimage.repository.format;

import java.util.ArrayList;
import java.util.List;

/**
 * Pages that follow each other.
 *
 * @param first number of the first; pages are numbered from 1
 * @param last number of the last
 */
public record PageRange(long first, long last) {

    public PageRange {
        if (first < 1 || last < first) {
            throw new IllegalArgumentException("Pages %d to %d".formatted(first, last));
        }
    }

    public long pages() {
        return last - first + 1;
    }

    /** Adds a page behind the others to ranges that ascend. */
    public static void append(List<PageRange> ranges, long page) {
        boolean follows = !ranges.isEmpty() && ranges.getLast().last == page - 1;
        ranges.add(follows ? new PageRange(ranges.removeLast().first, page) : new PageRange(page, page));
    }

    /** The page numbers as people write them: {@code 3, 7-9}; after so many ranges only how many more there are. */
    public static String text(List<PageRange> ranges, int most) {
        var texts = new ArrayList<String>();
        ranges.stream().limit(most).map(PageRange::toString).forEach(texts::add);
        if (ranges.size() > most) {
            texts.add("and %d more ranges".formatted(ranges.size() - most));
        }
        return String.join(", ", texts);
    }

    @Override
    public String toString() {
        return first == last ? String.valueOf(first) : first + "-" + last;
    }
}
