package dev.afterimage.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NamePatternTests {

    @ParameterizedTest
    @CsvSource({
        "{path}, orders.db, orders",
        "{path}, eu/Shop One/orders.v2.sqlite, eu-shop-one-orders.v2",
        "{directory}, eu/shop/data.db, shop",
        "{directory}-{file}, data.db, data",
        "shop_{file}, a/b.db, shop_b",
        "{path}, .hidden, hidden",
        "{path}, #!.db, database",
    })
    void nameIsOneThatRegisteringAccepts(String pattern, String file, String expected) {
        var name = new NamePattern(pattern).name(Path.of(file));
        assertThat(name).isEqualTo(expected).matches("[a-z0-9][a-z0-9._-]{0,62}");
    }

    @Test
    void nameIsCutAt63() {
        assertThat(new NamePattern("{path}").name(Path.of("x".repeat(100) + ".db")))
                .hasSize(63);
    }
}
