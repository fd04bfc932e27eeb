package dev.afterimage.notify;

import static java.util.stream.Collectors.toMap;

import dev.afterimage.catalog.Catalog;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.databases.Databases;
import dev.afterimage.protection.DatabaseProtection;
import dev.afterimage.protection.Protection;
import dev.afterimage.protection.Protections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Looks whether databases that were protected are so no longer, and whether they are again. */
@Component
class ProtectionWatch {

    private static final int AT_ONCE = 500;

    private final Catalog catalog;
    private final Databases databases;
    private final Protections protections;
    private final ToldProtections told;
    private final Webhooks webhooks;
    private final Notifications notifications;

    ProtectionWatch(
            Catalog catalog,
            Databases databases,
            Protections protections,
            ToldProtections told,
            Webhooks webhooks,
            Notifications notifications) {
        this.catalog = catalog;
        this.databases = databases;
        this.protections = protections;
        this.told = told;
        this.webhooks = webhooks;
        this.notifications = notifications;
    }

    /** Does nothing while nobody wants to hear of it. */
    void look() {
        boolean wanted = webhooks.list().stream()
                .anyMatch(webhook ->
                        webhook.wants(EventType.DATABASE_STALE) || webhook.wants(EventType.DATABASE_RECOVERED));
        if (wanted) {
            var before = told.all();
            var now =
                    protections.all().stream().collect(toMap(DatabaseProtection::database, each -> each.isProtected()));
            var some = databases.list(null, AT_ONCE);
            while (!some.isEmpty()) {
                some.stream()
                        .filter(database -> seemsChanged(before.get(database.id()), now.get(database.name())))
                        .forEach(this::look);
                some = next(some);
            }
        }
    }

    /** Two queries tell it of all databases, and hardly any is to be looked at one by one. One that was registered just now is. */
    private static boolean seemsChanged(@Nullable Protection before, @Nullable Boolean isProtected) {
        return isProtected == null || (before == Protection.PROTECTED) != isProtected;
    }

    private List<Database> next(List<Database> some) {
        return some.size() < AT_ONCE ? List.of() : databases.list(some.getLast().name(), AT_ONCE);
    }

    /** A database that never was protected has lost nothing; its first good snapshot is no recovery. */
    private void look(Database database) {
        var before = told.find(database.id());
        var now = protections.of(database).protection();
        boolean isProtected = now == Protection.PROTECTED;
        if (before.isEmpty() && isProtected) {
            told.put(database.id(), now);
        } else if (before.isPresent() && (before.get() == Protection.PROTECTED) != isProtected) {
            tell(database, now, isProtected ? EventType.DATABASE_RECOVERED : EventType.DATABASE_STALE);
        }
    }

    /** In one transaction: whoever dies has told it and knows, or neither. */
    private void tell(Database database, Protection now, EventType type) {
        catalog.inTransaction(() -> {
            told.put(database.id(), now);
            notifications.write(Event.ofProtection(type, database, now));
            return null;
        });
    }
}
