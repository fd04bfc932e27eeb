package dev.afterimage.repository.read;

import dev.afterimage.repository.format.PageRange;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A file that was made of what can be proven of a snapshot. A page that is not lost has the bytes that it had in the
 * snapshot; a lost one is all zeros.
 *
 * @param pageCount pages of the file, as many as the snapshot has
 * @param lostPages ascending, with gaps between them; empty when nothing is lost
 * @param damage what was found of the stored snapshot, a sentence each, the first few of many; empty when it is whole
 * @param sha256 of the file, in hexadecimal, only when the whole of it was proven; null otherwise
 */
public record Salvaged(
        long pageCount,
        List<PageRange> lostPages,
        List<String> damage,
        @Nullable String sha256) {

    private static final int RANGES_IN_TEXT = 10;

    public Salvaged {
        lostPages = List.copyOf(lostPages);
        damage = List.copyOf(damage);
    }

    public long lostPageCount() {
        return lostPages.stream().mapToLong(PageRange::pages).sum();
    }

    /** Without the first page SQLite opens no database: only tools that look for records in single pages can use the file. */
    public boolean lostFirstPage() {
        return !lostPages.isEmpty() && lostPages.getFirst().first() == 1;
    }

    /** What became of the snapshot, for people. */
    public String summary() {
        if (lostPages.isEmpty()) {
            return damage.isEmpty() ? "Nothing is lost." : "Nothing is lost, though " + found() + ".";
        }
        return "%d of %d pages are lost and filled with zeros: %s.%s Found: %s."
                .formatted(
                        lostPageCount(),
                        pageCount,
                        PageRange.text(lostPages, RANGES_IN_TEXT),
                        lostFirstPage() ? " The first one is among them, so SQLite cannot open the file." : "",
                        found());
    }

    private String found() {
        return damage.stream().collect(Collectors.joining("; "));
    }
}
