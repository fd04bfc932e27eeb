package dev.afterimage.api.databases;

import dev.afterimage.catalog.databases.Databases;
import dev.afterimage.protection.Protection;
import dev.afterimage.protection.RecentProtections.Seen;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.enums.Explode;
import io.swagger.v3.oas.annotations.enums.ParameterStyle;
import jakarta.validation.constraints.Size;
import java.time.Instant;
import java.util.Comparator;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which databases a list has, and in which order. */
record DatabaseQuery(
        @Parameter(description = "Only those with this in the name or the path, in capital or small letters")
        @Size(max = 200)
        @Nullable
        String q,

        @Parameter(
                description = "Only those that are as well protected as this, with commas between several",
                style = ParameterStyle.FORM,
                explode = Explode.FALSE)
        @Nullable
        Set<Protection> protection,

        @Parameter(description = "A label's `key`, or `key=value`") @Nullable
        String label,

        @Parameter(description = "Only those of this node: the name of the one that answers, or the id of another")
        @Nullable
        String node,

        @Parameter(
                description =
                        "NAME (the default); PROTECTION, the worst first, of these those that have been so for longest; AGE, those"
                                + " without a good snapshot first, then those whose last good state is oldest")
        @Nullable
        Sort sort) {

    /** The order of a list. */
    enum Sort {
        NAME,
        PROTECTION,
        AGE
    }

    /** Whether it is a plain list, which needs no look at how all are protected. */
    boolean isPlain() {
        return q == null && protection == null && label == null && node == null && order() == Sort.NAME;
    }

    Databases.Sought sought() {
        return new Databases.Sought(q, label, node);
    }

    boolean wants(Seen seen) {
        return protection == null || protection.contains(seen.protection().protection());
    }

    Sort order() {
        return Objects.requireNonNullElse(sort, Sort.NAME);
    }

    /**
     * Where a database stands in the order.
     *
     * @param rank by which they are ordered first, then by name
     */
    record Place(long rank, String name) implements Comparable<Place> {

        private static final Comparator<Place> ORDER =
                Comparator.comparingLong(Place::rank).thenComparing(Place::name);

        /** @throws IllegalArgumentException when it is none */
        static Place parse(String text) {
            int space = text.indexOf(' ');
            return new Place(Long.parseLong(text.substring(0, Math.max(0, space))), text.substring(space + 1));
        }

        @Override
        public int compareTo(Place other) {
            return ORDER.compare(this, other);
        }

        @Override
        public String toString() {
            return rank + " " + name;
        }
    }

    Place place(Seen seen) {
        var protection = seen.protection();
        return new Place(
                switch (order()) {
                    case NAME -> 0;
                    case PROTECTION ->
                        protection.protection().ordinal() * (1L << 48)
                                + seen.since().toEpochMilli();
                    case AGE -> millis(protection.lastGoodAt());
                },
                protection.database());
    }

    private static long millis(@Nullable Instant lastGoodAt) {
        return lastGoodAt == null ? Long.MIN_VALUE : lastGoodAt.toEpochMilli();
    }
}
