package dev.afterimage.sqlite.format;

import static dev.afterimage.sqlite.Connections.text;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * How a database stores text, which need not be valid: SQLite keeps the bytes that it is given.
 *
 * @param pragma as <a href="https://www.sqlite.org/pragma.html#pragma_encoding">PRAGMA encoding</a> names it
 */
public record TextEncoding(String pragma, Charset charset) {

    public static TextEncoding of(Connection connection) throws SQLException {
        var pragma = text(connection, "PRAGMA encoding");
        return new TextEncoding(
                pragma,
                switch (pragma) {
                    case "UTF-16le" -> StandardCharsets.UTF_16LE;
                    case "UTF-16be" -> StandardCharsets.UTF_16BE;
                    default -> StandardCharsets.UTF_8;
                });
    }

    public boolean isUtf8() {
        return charset.equals(StandardCharsets.UTF_8);
    }

    /** Null when the bytes are no text in this encoding. */
    @Nullable
    public String decoded(byte[] stored) {
        var decoder = charset.newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        try {
            return decoder.decode(ByteBuffer.wrap(stored)).toString();
        } catch (CharacterCodingException e) {
            return null; // asked for because it may happen
        }
    }
}
