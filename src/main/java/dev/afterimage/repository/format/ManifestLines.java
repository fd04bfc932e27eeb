package dev.afterimage.repository.format;

import tools.jackson.core.JsonGenerator;
import tools.jackson.core.util.DefaultPrettyPrinter;
import tools.jackson.core.util.Separators;

/** How a manifest is laid out: small, and yet for people to read, with a field of the snapshot or a layer on each line. */
final class ManifestLines implements DefaultPrettyPrinter.Indenter {

    static final DefaultPrettyPrinter PRINTER = new DefaultPrettyPrinter(Separators.createDefaultInstance()
                    .withObjectNameValueSpacing(Separators.Spacing.NONE)
                    .withArrayEmptySeparator(""))
            .withObjectIndenter(new ManifestLines())
            .withArrayIndenter(new ManifestLines());

    /** Of the list of layers within the snapshot within the file; what lies deeper goes on in its line. */
    private static final int DEEPEST_LINES = 3;

    private ManifestLines() {}

    @Override
    public boolean isInline() {
        return false;
    }

    @Override
    public void writeIndentation(JsonGenerator json, int level) {
        if (json.streamWriteContext().getNestingDepth() <= DEEPEST_LINES) {
            json.writeRaw('\n');
        }
    }
}
