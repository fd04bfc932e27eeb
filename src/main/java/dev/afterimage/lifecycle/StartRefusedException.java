package dev.afterimage.lifecycle;

/** The service must not start as things are. What was there before is unchanged. */
public final class StartRefusedException extends RuntimeException {

    /**
     * @param why without a period at the end
     * @param remedy what to do about it, the same
     */
    public StartRefusedException(String why, String remedy) {
        super(why + ". " + remedy + ".");
    }
}
