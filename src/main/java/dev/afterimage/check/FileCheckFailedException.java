package dev.afterimage.check;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.sqlite.check.CheckResult;
import java.util.List;
import java.util.Map;

/** A file did not pass its check, so no snapshot was made of it. */
public final class FileCheckFailedException extends ProblemException {

    private final List<String> messages;

    FileCheckFailedException(CheckResult result) {
        super(
                ProblemCode.CHECK_FAILED,
                "The %s check of the file found: %s".formatted(result.level(), String.join("; ", result.messages())));
        this.messages = result.messages();
    }

    @Override
    protected String hint() {
        return "`messages` has what SQLite printed. No snapshot was made. Send another file, or what sqlite3's .recover"
                + " salvages of this one.";
    }

    @Override
    protected Map<String, Object> properties() {
        return Map.of("messages", messages);
    }
}
