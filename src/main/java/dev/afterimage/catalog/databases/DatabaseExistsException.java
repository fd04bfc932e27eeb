package dev.afterimage.catalog.databases;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.nio.file.Path;
import java.util.Map;

/** The name is taken, or the file has a name. */
public final class DatabaseExistsException extends ProblemException {

    private final Database existing;
    private final String hint;

    private DatabaseExistsException(Database existing, String detail, String hint) {
        super(ProblemCode.DATABASE_EXISTS, detail);
        this.existing = existing;
        this.hint = hint;
    }

    static DatabaseExistsException ofName(Database existing) {
        return new DatabaseExistsException(
                existing,
                "'%s' is already registered, for %s".formatted(existing.name(), existing.location()),
                "Choose another name, or PATCH the database that has it.");
    }

    static DatabaseExistsException ofFile(Database existing, Path path) {
        return new DatabaseExistsException(
                existing,
                "The file %s is already registered, as '%s'".formatted(path, existing.name()),
                "Use the database under that name. To give it another one, remove it first: its snapshots stay.");
    }

    @Override
    protected String hint() {
        return hint;
    }

    @Override
    protected Map<String, Object> properties() {
        return Map.of("database", existing.name());
    }
}
