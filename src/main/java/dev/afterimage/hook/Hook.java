package dev.afterimage.hook;

/** What the operator has set up to be done around a backup. */
public sealed interface Hook permits Command, HttpCall {

    /** How it is called in problems and logs: by nothing that may be secret. */
    String title();

    /**
     * Does it, once, to its end.
     *
     * @param meanwhile called each tenth of a second; when that throws, it is ended
     * @throws HookFailedException when it fails, or takes too long
     */
    default void run(HookFacts facts, Runnable meanwhile) {
        switch (this) {
            case Command command -> HookProcess.run(command, facts.environment(), meanwhile);
            case HttpCall call -> HookRequest.send(call, facts.json(), meanwhile);
        }
    }
}
