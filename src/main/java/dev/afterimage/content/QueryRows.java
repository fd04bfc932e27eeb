package dev.afterimage.content;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Takes what a query finds. */
public interface QueryRows {

    /**
     * A column of the answer.
     *
     * @param declaredType what the table was made with, if it is a table's column that has one
     */
    record Column(String name, @Nullable String declaredType) {}

    /** Called once, and first. */
    void begin(List<Column> columns) throws IOException;

    /** @param values null, Long, Double (infinite ones too, never NaN), String or {@code byte[]}, one per column */
    void add(List<@Nullable Object> values) throws IOException;
}
