package dev.afterimage.api.jobs;

import dev.afterimage.api.access.CurrentCaller;
import dev.afterimage.bytes.Sha256;
import dev.afterimage.jobs.queue.IdempotencyMismatchException;
import dev.afterimage.jobs.queue.Job;
import dev.afterimage.jobs.queue.JobSettings;
import dev.afterimage.jobs.queue.JobSpec;
import dev.afterimage.jobs.queue.Jobs;
import dev.afterimage.jobs.queue.Submission;
import dev.afterimage.limits.Requester;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Component;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Makes jobs of requests, each request once however often it is sent with the same key. */
@Component
public class JobSubmissions {

    /** What a request asks for, as a job; it may refuse what the request names. */
    public record Wanted(JobSpec spec, List<String> databases) {

        public static Wanted of(JobSpec spec, String database) {
            return new Wanted(spec, List.of(database));
        }
    }

    /** When a first look at the job is worthwhile, for who does not ask the service to wait. */
    private static final String RETRY_AFTER_SECONDS = "1";

    private final Jobs jobs;
    private final JobSettings settings;
    private final Requester requester;
    private final JsonMapper canonical;

    JobSubmissions(Jobs jobs, JobSettings settings, Requester requester, JsonMapper json) {
        this.jobs = jobs;
        this.settings = settings;
        this.requester = requester;
        this.canonical = json.rebuild()
                .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
                .build();
    }

    /**
     * Submits what {@code wanted} makes of the deadline. It is not asked when the same request came before: by now the
     * answer might be a refusal, since the first one may have made the target that must not exist.
     *
     * @return 202 with the job
     */
    public ResponseEntity<JobJson> submit(
            String path, JobRequest request, @Nullable String key, Function<Duration, Wanted> wanted) {
        return accepted(job(path, request, key, wanted));
    }

    /** 202 with a job that waits already. */
    public static ResponseEntity<JobJson> accepted(Job job) {
        return ResponseEntity.accepted()
                .location(URI.create(JobJson.path(job.id())))
                .header(HttpHeaders.RETRY_AFTER, RETRY_AFTER_SECONDS)
                .body(JobJson.of(job));
    }

    /** What the same request has made of a part before, as {@link #submitPart} does it. */
    public Optional<Job> earlierPart(String path, JobRequest request, @Nullable String key, String part) {
        return key == null ? Optional.empty() : earlier(ofPart(key, part), fingerprint(path, request));
    }

    /** A client's key has no blank, so it cannot be this one. */
    private static String ofPart(String key, String part) {
        return key + " " + part;
    }

    /**
     * The same of a request that makes several jobs, one by one. What was submitted stays when another one is refused.
     *
     * @param part tells them apart; the same when the request comes again
     */
    public Job submitPart(
            String path, JobRequest request, @Nullable String key, String part, Function<Duration, Wanted> wanted) {
        return job(path, request, key == null ? null : ofPart(key, part), wanted);
    }

    private Job job(String path, JobRequest request, @Nullable String key, Function<Duration, Wanted> wanted) {
        var fingerprint = key == null ? null : fingerprint(path, request);
        Supplier<Job> submitted = () -> {
            var deadline = request.deadline() == null ? settings.deadline() : request.deadline();
            var job = wanted.apply(deadline);
            return jobs.submit(new Submission(
                    job.spec(), job.databases(), request.priority(), key, fingerprint, requester.name()));
        };
        return earlier(key, fingerprint).orElseGet(submitted);
    }

    /** A job that does not exist for the caller any more, as its token has another limit by now, is not named. */
    private Optional<Job> earlier(@Nullable String key, @Nullable String fingerprint) {
        var visible = CurrentCaller.get().visible();
        try {
            return jobs.earlier(requester.name(), key, fingerprint).map(found -> jobs.get(found.id(), visible));
        } catch (IdempotencyMismatchException e) {
            jobs.get(e.jobId(), visible);
            throw e;
        }
    }

    /** Of the request as it was understood: a default that is spelled out makes no difference. */
    private String fingerprint(String path, JobRequest request) {
        var text = path + "\n" + canonical.writeValueAsString(request);
        return Sha256.hexOf(text.getBytes(StandardCharsets.UTF_8));
    }
}
