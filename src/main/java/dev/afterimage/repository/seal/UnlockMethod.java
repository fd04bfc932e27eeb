package dev.afterimage.repository.seal;

/** By what a key of a repository is wrapped. */
public enum UnlockMethod {
    /** By what somebody knows; it is made slow to guess. */
    PASSPHRASE,
    /** By at least 32 bytes that nobody can guess. */
    KEY_FILE
}
