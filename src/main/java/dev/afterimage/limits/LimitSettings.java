package dev.afterimage.limits;

import java.time.Duration;
import java.util.stream.IntStream;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * What clients may take. A caller is whom a request has proven to be from: the id of its token, or the subject of its JWT; else
 * the address that it comes from. All numbers are
 * at least 1.
 *
 * @param bodySize {@code afterimage.limits.body-size}: the largest body of a request, imports excepted; as many as there are
 *     connections are in memory at once
 * @param headerCount {@code afterimage.limits.header-count}: header fields of a request; their size, with the request line, is
 *     limited by {@code server.max-http-request-header-size}
 * @param headersWithin {@code afterimage.limits.headers-within}: from the first byte of a request to the end of its headers
 * @param patience {@code afterimage.limits.patience}: how long a client may be slower than {@code minRate}, counting only time
 *     in which the service waits for it
 * @param minRate {@code afterimage.limits.min-rate}: bytes per second that a client takes of a download, or sends of a body
 * @param connectionsPerAddress {@code afterimage.limits.connections-per-address}: open connections; of all addresses together
 *     {@code server.tomcat.max-connections}
 * @param requestsPerAddress {@code afterimage.limits.requests-per-address}: requests that keep a thread busy; of all addresses
 *     together {@code server.tomcat.threads.max}
 * @param downloads {@code afterimage.limits.downloads}: at once
 * @param downloadsPerCaller {@code afterimage.limits.downloads-per-caller}: at once
 * @param staged {@code afterimage.limits.staged}: dumps, queries, schemas, differences and previews of restores at once, each of which
 *     needs a copy of the database in the staging directory
 * @param stagedPerCaller {@code afterimage.limits.staged-per-caller}: at once
 * @param imports {@code afterimage.limits.imports}: files that are received at once
 * @param importsPerCaller {@code afterimage.limits.imports-per-caller}: at once
 * @param events {@code afterimage.limits.events}: clients that follow jobs, or all that changes, at once
 * @param eventsPerCaller {@code afterimage.limits.events-per-caller}: at once
 * @param waits {@code afterimage.limits.waits}: requests that wait for the end of a job at once
 * @param waitsPerCaller {@code afterimage.limits.waits-per-caller}: at once
 */
@ConfigurationProperties("afterimage.limits")
public record LimitSettings(
        @DefaultValue("128KB") DataSize bodySize,
        @DefaultValue("100") int headerCount,
        @DefaultValue("20s") Duration headersWithin,
        @DefaultValue("30s") Duration patience,
        @DefaultValue("4KB") DataSize minRate,
        @DefaultValue("400") int connectionsPerAddress,
        @DefaultValue("300") int requestsPerAddress,
        @DefaultValue("16") int downloads,
        @DefaultValue("8") int downloadsPerCaller,
        @DefaultValue("4") int staged,
        @DefaultValue("2") int stagedPerCaller,
        @DefaultValue("8") int imports,
        @DefaultValue("4") int importsPerCaller,
        @DefaultValue("200") int events,
        @DefaultValue("100") int eventsPerCaller,
        @DefaultValue("600") int waits,
        @DefaultValue("300") int waitsPerCaller) {

    /** A body is held in memory. */
    private static final DataSize LARGEST_BODY = DataSize.ofMegabytes(64);

    public LimitSettings {
        var numbers = IntStream.of(
                headerCount,
                connectionsPerAddress,
                requestsPerAddress,
                downloads,
                downloadsPerCaller,
                staged,
                stagedPerCaller,
                imports,
                importsPerCaller,
                events,
                eventsPerCaller,
                waits,
                waitsPerCaller);
        if (numbers.anyMatch(number -> number < 1)) {
            throw new IllegalArgumentException("All numbers of afterimage.limits must be at least 1");
        }
        if (!headersWithin.isPositive() || !patience.isPositive()) {
            throw new IllegalArgumentException("headers-within and patience of afterimage.limits must be above zero");
        }
        if (bodySize.toBytes() < 1 || bodySize.compareTo(LARGEST_BODY) > 0 || minRate.toBytes() < 1) {
            throw new IllegalArgumentException(
                    "afterimage.limits: body-size must be 1 byte to 64MB, and min-rate at least 1 byte");
        }
    }
}
