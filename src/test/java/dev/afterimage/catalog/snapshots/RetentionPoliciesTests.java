package dev.afterimage.catalog.snapshots;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.TestClock;
import dev.afterimage.catalog.TestCatalog;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.snapshots.RetentionPolicies.InForce;
import dev.afterimage.catalog.snapshots.RetentionPolicies.Source;
import java.nio.file.Path;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RetentionPoliciesTests {

    private static final RetentionPolicy ALL_FIELDS = new RetentionPolicy(
            1,
            2,
            3,
            4,
            5,
            6,
            Age.parse("2d"),
            List.of("release", "keep=yes"),
            Age.parse("P1Y6M"),
            7L << 40,
            ZoneId.of("Europe/Berlin"));
    private static final RetentionPolicy LAST =
            new RetentionPolicy(3, null, null, null, null, null, null, List.of(), null, null, ZoneId.of("UTC"));

    @TempDir
    Path dir;

    private TestCatalog catalog;
    private Database orders;

    @BeforeEach
    void openCatalog() {
        catalog = new TestCatalog(dir.resolve("home"), dir, new TestClock());
        orders = catalog.databases.add("orders", dir.resolve("orders.db"), Map.of());
    }

    @AfterEach
    void closeCatalog() {
        catalog.close();
    }

    @Test
    void inForceIsTheDatabasesOwnElseTheDefaultElseAllStays() {
        assertThat(catalog.policies.inForce(orders.id())).isEqualTo(new InForce(Source.NONE, RetentionPolicy.KEEP_ALL));
        catalog.policies.setDefault(LAST);
        assertThat(catalog.policies.inForce(orders.id())).isEqualTo(new InForce(Source.DEFAULT, LAST));
        catalog.policies.set(orders.id(), LAST);
        catalog.policies.set(orders.id(), ALL_FIELDS);
        assertThat(catalog.policies.inForce(orders.id())).isEqualTo(new InForce(Source.DATABASE, ALL_FIELDS));
        assertThat(catalog.policies.byDefault()).isEqualTo(new InForce(Source.DEFAULT, LAST));
        catalog.policies.removeDefault();
        assertThat(catalog.policies.byDefault().source()).isEqualTo(Source.NONE);
        catalog.policies.remove(orders.id());
        assertThat(catalog.policies.inForce(orders.id()).source()).isEqualTo(Source.NONE);
    }

    @Test
    void inForceWhenTheDatabaseIsRemovedIsNoneUntilItIsRegisteredAgain() {
        catalog.policies.setDefault(LAST);
        catalog.policies.set(orders.id(), ALL_FIELDS);
        catalog.databases.remove(orders);
        assertThat(catalog.policies.inForce(orders.id()).source()).isEqualTo(Source.NONE);
        catalog.databases.add("orders", orders.path(), Map.of());
        assertThat(catalog.policies.inForce(orders.id()).policy()).isEqualTo(ALL_FIELDS);
    }
}
