package dev.afterimage.storage;

import java.util.List;
import java.util.regex.Pattern;

/** Which names objects can have. */
public final class StorageKeys {

    public static final String KEYS = "keys/";

    /** In which all objects lie. */
    public static final List<String> FOLDERS =
            List.of("catalog/", "compactions/", KEYS, "layers/", "lease/", "log/", "manifests/");

    private static final String PART = "[A-Za-z0-9][A-Za-z0-9._-]*";
    private static final String FOLDER = "(" + String.join("|", FOLDERS) + ")";
    private static final Pattern KEY = Pattern.compile(FOLDER + PART + "(/" + PART + ")*");
    private static final Pattern PREFIX = Pattern.compile(FOLDER + "(" + PART + "/)*");

    private StorageKeys() {}

    public static boolean isKey(String key) {
        return KEY.matcher(key).matches();
    }

    /** @throws IllegalArgumentException when it is none */
    public static String requireKey(String key) {
        if (!isKey(key)) {
            throw new IllegalArgumentException("Not a key: " + key);
        }
        return key;
    }

    /** @throws IllegalArgumentException when it is none */
    public static String requirePrefix(String prefix) {
        if (!PREFIX.matcher(prefix).matches()) {
            throw new IllegalArgumentException("Not a prefix of keys: " + prefix);
        }
        return prefix;
    }
}
