package dev.afterimage.cli;

/** Text of a repository that somebody else may have written, on its way to a terminal, which obeys some characters. */
final class Printable {

    /** A control character must neither look like another row of a table nor be carried out. */
    static String of(Object text) {
        return text.toString().replaceAll("\\p{Cntrl}|[\\u0080-\\u009f]", "?");
    }

    private Printable() {}
}
