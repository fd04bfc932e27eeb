package dev.afterimage.access;

import java.util.Locale;

/** What somebody may do; each includes those before it. */
public enum Scope {
    /** Look, and download. */
    READ,
    /** Also back up, check and restore. */
    OPERATE,
    /** Also change what is registered and planned, delete snapshots, and give access to others. */
    ADMIN;

    public boolean includes(Scope other) {
        return compareTo(other) >= 0;
    }

    /** How a JWT names it, such as {@code afterimage.read}. */
    public String claim() {
        return "afterimage." + name().toLowerCase(Locale.ROOT);
    }
}
