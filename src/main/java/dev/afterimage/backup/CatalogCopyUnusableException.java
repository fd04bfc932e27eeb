package dev.afterimage.backup;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;

/** The copy of a catalog that a rebuild was told to use cannot be. Nothing has changed. */
final class CatalogCopyUnusableException extends ProblemException {

    CatalogCopyUnusableException(String key, String why) {
        super(ProblemCode.CATALOG_COPY_UNUSABLE, "Copy %s of the catalog cannot be used: %s".formatted(key, why));
    }
}
