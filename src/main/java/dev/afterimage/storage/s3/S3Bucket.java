package dev.afterimage.storage.s3;

import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.storage.Location;
import dev.afterimage.storage.StorageException;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.SdkGlobalTime;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.regions.providers.DefaultAwsRegionProviderChain;
import software.amazon.awssdk.services.s3.LegacyMd5Plugin;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3Configuration;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** A bucket as the SDK reaches it, and what its refusals mean. */
final class S3Bucket {

    /** Servers close connections that are idle for longer, and who sends on such a one is refused. */
    private static final Duration IDLE = Duration.ofSeconds(5);

    private static final Duration CONNECT = Duration.ofSeconds(10);
    private static final Duration SILENT = Duration.ofSeconds(30);

    /** Of one try of any request: for the largest part by a line of half a megabit. */
    private static final Duration ONE_TRY = Duration.ofMinutes(5);

    private static final int TRIES = 6;
    private static final int CONNECTIONS = 64;

    /** What one server has said of our clock, the SDK would believe of all that are reached from then on. */
    private static final int NO_OFFSET = 0;

    private static final Duration SKEW = Duration.ofMinutes(5);

    private final Location.Bucket location;
    private final S3Settings settings;
    private final Clock clock;
    private volatile @Nullable S3Client client;

    S3Bucket(Location.Bucket location, S3Settings settings, Clock clock) {
        this.location = location;
        this.settings = settings;
        this.clock = clock;
    }

    Location.Bucket location() {
        return location;
    }

    S3Settings settings() {
        return settings;
    }

    String name(String key) {
        return location.prefix() + key;
    }

    /** Kept until the process ends: a storage is never closed. */
    S3Client client() {
        var known = client;
        if (known == null) {
            synchronized (this) {
                known = client;
                if (known == null) {
                    known = connect();
                    client = known;
                }
            }
        }
        return known;
    }

    /** Checksums are plain headers of finished files, for not every server knows those that follow a body. */
    private S3Client connect() {
        var keys = S3Credentials.of(settings);
        var builder = S3Client.builder()
                .region(region())
                .credentialsProvider(keys)
                .forcePathStyle(settings.isPathStyle())
                .serviceConfiguration(
                        S3Configuration.builder().chunkedEncodingEnabled(false).build())
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
                .addPlugin(LegacyMd5Plugin.create())
                .httpClientBuilder(Apache5HttpClient.builder()
                        .connectionMaxIdleTime(IDLE)
                        .useIdleConnectionReaper(true)
                        .connectionTimeout(CONNECT)
                        .socketTimeout(SILENT)
                        .tcpKeepAlive(true)
                        .maxConnections(CONNECTIONS))
                .overrideConfiguration(override -> override.apiCallAttemptTimeout(ONE_TRY)
                        .retryStrategy(AwsRetryStrategy.standardRetryStrategy().toBuilder()
                                .maxAttempts(TRIES)
                                .build()));
        if (settings.endpoint() != null) {
            builder.endpointOverride(settings.endpoint());
        }
        SdkGlobalTime.setGlobalTimeOffset(NO_OFFSET);
        var client = builder.build();
        return keys instanceof StaticCredentialsProvider ? client : new S3KeyRotation(client, keys);
    }

    private Region region() {
        if (settings.region() != null) {
            return Region.of(settings.region());
        }
        try {
            return DefaultAwsRegionProviderChain.builder().build().getRegion();
        } catch (SdkException none) {
            return Region.US_EAST_1; // which other services than AWS take for any
        }
    }

    /** What it means that a request was not done, however often it was tried. */
    StorageException failure(SdkException e, String doing) {
        return e instanceof S3Exception answer ? refusal(answer, doing) : silence(e, doing);
    }

    private StorageException refusal(S3Exception e, String doing) {
        var code = Optional.ofNullable(e.awsErrorDetails())
                .map(AwsErrorDetails::errorCode)
                .orElse("");
        var detail = "%s: %s answered %d %s %s"
                .formatted(
                        doing,
                        this,
                        e.statusCode(),
                        code,
                        Optional.ofNullable(e.getMessage()).orElse(""));
        return switch (code) {
            case "NoSuchBucket" ->
                away(detail, "Make the bucket, or correct the location; this service makes none.", e);
            case "AccessDenied", "AllAccessDisabled", "AccountProblem" ->
                away(detail, "Give the access key what docs/s3.md lists, and look at the bucket's policy.", e);
            case "InvalidAccessKeyId",
                    "SignatureDoesNotMatch",
                    "InvalidToken",
                    "ExpiredToken",
                    "TokenRefreshRequired" ->
                away(detail, "Correct or renew the access key; files with one are read again when they change.", e);
            case "RequestTimeTooSkewed" -> away(detail + skew(e), "Set this machine's clock.", e);
            case "PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException" ->
                away(detail, "Set the region and the endpoint that the bucket has.", e);
            case "QuotaExceeded", "XMinioStorageFull", "StorageFull", "InsufficientCapacity" ->
                new StorageException(Problem.of(ProblemCode.STORAGE_FULL, detail), e);
            default ->
                switch (e.statusCode()) {
                    case 507 -> new StorageException(Problem.of(ProblemCode.STORAGE_FULL, detail), e);
                    case 401, 403 ->
                        away(detail, "Give the access key what docs/s3.md lists, and look at the bucket's policy.", e);
                    case 429, 503 -> away(detail, "It asks for fewer requests; jobs are tried again later.", e);
                    default -> new StorageException.Unreachable(detail, e);
                };
        };
    }

    /** Only where its clock and ours differ: a request that was on its way for long is refused in the same words. */
    private String skew(S3Exception e) {
        var theirs = Optional.ofNullable(e.awsErrorDetails())
                .map(AwsErrorDetails::sdkHttpResponse)
                .flatMap(response -> response.firstMatchingHeader("Date"))
                .flatMap(S3Bucket::time);
        var apart = theirs.map(time -> Duration.between(clock.instant(), time));
        return apart.map(by -> by.abs().compareTo(SKEW) > 0
                        ? ". Its clock is %d s from ours".formatted(by.toSeconds())
                        : ". Its clock agrees with ours, so the request took too long")
                .orElse("");
    }

    private static Optional<Instant> time(String date) {
        try {
            return Optional.of(Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(date)));
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
    }

    private StorageException silence(SdkException e, String doing) {
        boolean isUnknown = false;
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            isUnknown |= cause instanceof UnknownHostException;
        }
        var hint = isUnknown && !settings.isPathStyle()
                ? "Correct the endpoint, or set path-style to true: the bucket is a part of the host's name now."
                : "See that the endpoint can be reached from here, and that there is an access key.";
        return away("%s: %s: %s".formatted(doing, this, e.getMessage()), hint, e);
    }

    private static StorageException away(String detail, String hint, SdkException e) {
        return new StorageException(Problem.of(ProblemCode.STORAGE_UNREACHABLE, detail, hint), e);
    }

    /** Where it lies. */
    @Override
    public String toString() {
        return settings.endpoint() == null ? location.toString() : location + " at " + settings.endpoint();
    }
}
