package dev.afterimage.repository.seal;

/** The kinds of parts that layers have; see {@code docs/repository-format.md}, "Layer". */
public enum Part {
    BLOCK(1),
    PAGE_LIST(2),
    BLOCK_TABLE(3);

    private final int code;

    Part(int code) {
        this.code = code;
    }

    /** In the nonce, so that none can stand in for one of another kind. */
    int code() {
        return code;
    }
}
