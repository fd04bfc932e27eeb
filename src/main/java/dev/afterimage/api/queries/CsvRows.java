package dev.afterimage.api.queries;

import dev.afterimage.content.QueryRows;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Rows as in <a href="https://www.rfc-editor.org/rfc/rfc4180">RFC 4180</a>, the first with the names of the columns. NULL is nothing at
 * all, and an empty text or blob a pair of quotes.
 */
final class CsvRows implements QueryRows {

    private final AnswerSize size = new AnswerSize();
    private final StringBuilder text = new StringBuilder();

    @Override
    public void begin(List<Column> columns) {
        addLine(columns.stream().map(column -> field(column.name())).collect(Collectors.joining(",")));
    }

    @Override
    public void add(List<@Nullable Object> values) {
        size.add(values);
        addLine(values.stream().map(CsvRows::text).collect(Collectors.joining(",")));
    }

    private void addLine(String line) {
        text.append(line).append("\r\n");
    }

    private static String text(@Nullable Object value) {
        return switch (value) {
            case null -> "";
            case byte[] blob -> field(Base64.getEncoder().encodeToString(blob));
            default -> field(value.toString());
        };
    }

    private static String field(String text) {
        boolean plain = !text.isEmpty() && text.chars().noneMatch(c -> c == '"' || c == ',' || c == '\r' || c == '\n');
        return plain ? text : '"' + text.replace("\"", "\"\"") + '"';
    }

    byte[] bytes() {
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }
}
