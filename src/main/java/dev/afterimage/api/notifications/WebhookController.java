package dev.afterimage.api.notifications;

import static dev.afterimage.problem.ProblemCode.DATABASE_NOT_FOUND;
import static dev.afterimage.problem.ProblemCode.INVALID_REQUEST;
import static dev.afterimage.problem.ProblemCode.WEBHOOK_NOT_FOUND;
import static dev.afterimage.problem.ProblemCode.WEBHOOK_TARGET_REFUSED;

import dev.afterimage.access.Scope;
import dev.afterimage.api.fields.UrlText;
import dev.afterimage.api.http.Cursor;
import dev.afterimage.api.http.Listing;
import dev.afterimage.api.http.Needs;
import dev.afterimage.api.http.PageQuery;
import dev.afterimage.api.http.Problems;
import dev.afterimage.api.http.Reach;
import dev.afterimage.catalog.databases.Databases;
import dev.afterimage.notify.Deliveries;
import dev.afterimage.notify.WebhookRequests;
import dev.afterimage.notify.Webhooks;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.validation.Valid;
import java.net.URI;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.ModelAttribute;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** Who is told what happened. */
@Tag(name = "Webhooks")
@RestController
@RequestMapping("/api/v1/webhooks")
class WebhookController {

    private final Webhooks webhooks;
    private final Deliveries deliveries;
    private final WebhookRequests requests;
    private final Databases databases;

    WebhookController(Webhooks webhooks, Deliveries deliveries, WebhookRequests requests, Databases databases) {
        this.webhooks = webhooks;
        this.deliveries = deliveries;
        this.requests = requests;
        this.databases = databases;
    }

    @Needs(value = Scope.ADMIN, reach = Reach.SERVICE)
    @Operation(operationId = "listWebhooks", summary = "List the webhooks", description = "Newest first, all of them.")
    @GetMapping
    Listing<WebhookJson> list() {
        var items = webhooks.list().stream()
                .map(webhook -> WebhookJson.of(webhook, null))
                .toList();
        return new Listing<>(items, null);
    }

    @Needs(value = Scope.ADMIN, reach = Reach.SERVICE)
    @Operation(
            operationId = "createWebhook",
            summary = "Create a webhook",
            description =
                    "From now on each event is POSTed as JSON, with the headers Afterimage-Event, Afterimage-Delivery"
                            + " (an id, the same in each attempt) and Afterimage-Signature: `t=<seconds since 1970>,v1=<hex of"
                            + " HMAC-SHA-256>` of `<seconds>.<body>` with the secret as the key. What is not answered with 2xx is"
                            + " tried ten times within about a day, also after a restart. Redirects are not followed.")
    @Problems({INVALID_REQUEST, DATABASE_NOT_FOUND, WEBHOOK_TARGET_REFUSED})
    @ResponseStatus(HttpStatus.CREATED)
    @PostMapping
    ResponseEntity<WebhookJson> create(@Valid @RequestBody WebhookRequest request) {
        var url = UrlText.parse(request.url());
        proveRegistered(request.databases());
        var made = request.secret() == null ? Webhooks.newSecret() : null;
        var secret = made == null ? Objects.requireNonNull(request.secret()) : made;
        boolean paused = Objects.requireNonNullElse(request.paused(), false);
        var webhook = webhooks.add(url, request.events(), request.databases(), secret, paused);
        return ResponseEntity.created(URI.create("/api/v1/webhooks/" + webhook.id()))
                .body(WebhookJson.of(webhook, made));
    }

    @Needs(value = Scope.ADMIN, reach = Reach.SERVICE)
    @Operation(operationId = "getWebhook", summary = "Show a webhook")
    @Problems({INVALID_REQUEST, WEBHOOK_NOT_FOUND})
    @GetMapping("/{id}")
    WebhookJson get(@PathVariable UUID id) {
        return WebhookJson.of(webhooks.get(id), null);
    }

    @Needs(value = Scope.ADMIN, reach = Reach.SERVICE)
    @Operation(
            operationId = "changeWebhook",
            summary = "Change, pause or resume a webhook",
            description = "To widen it to all events or databases again, make another one.")
    @Problems({INVALID_REQUEST, DATABASE_NOT_FOUND, WEBHOOK_NOT_FOUND, WEBHOOK_TARGET_REFUSED})
    @PatchMapping("/{id}")
    WebhookJson change(@PathVariable UUID id, @Valid @RequestBody WebhookChange request) {
        var url = request.url() == null ? null : UrlText.parse(request.url());
        proveRegistered(request.databases());
        var changed = webhooks.change(id, url, request.events(), request.databases(), request.paused());
        return WebhookJson.of(changed, null);
    }

    private void proveRegistered(@Nullable List<String> names) {
        if (names != null) {
            names.forEach(databases::get);
        }
    }

    @Needs(value = Scope.ADMIN, reach = Reach.SERVICE)
    @Operation(
            operationId = "deleteWebhook",
            summary = "Delete a webhook",
            description = "With its deliveries; what is pending is not told any more.")
    @Problems({INVALID_REQUEST, WEBHOOK_NOT_FOUND})
    @ResponseStatus(HttpStatus.NO_CONTENT)
    @DeleteMapping("/{id}")
    void delete(@PathVariable UUID id) {
        webhooks.remove(id);
    }

    @Needs(value = Scope.ADMIN, reach = Reach.SERVICE)
    @Operation(
            operationId = "testWebhook",
            summary = "Send a test event to a webhook",
            description = "Once, also while the webhook is paused, and answers what came back. It is not among the"
                    + " deliveries.")
    @Problems({INVALID_REQUEST, WEBHOOK_NOT_FOUND})
    @PostMapping("/{id}/test")
    WebhookReplyJson test(@PathVariable UUID id) {
        return WebhookReplyJson.of(requests.test(webhooks.get(id)));
    }

    @Needs(value = Scope.ADMIN, reach = Reach.SERVICE)
    @Operation(
            operationId = "listDeliveries",
            summary = "List the deliveries of a webhook",
            description = "Newest first. Those that ended are forgotten after `afterimage.webhooks.keep`.")
    @Problems({INVALID_REQUEST, WEBHOOK_NOT_FOUND})
    @GetMapping("/{id}/deliveries")
    Listing<DeliveryJson> deliveries(@PathVariable UUID id, @Valid @ModelAttribute PageQuery part) {
        var page = deliveries.list(webhooks.get(id).id(), Cursor.id(part.cursor()), part.limit());
        return Listing.of(page, DeliveryJson::of);
    }
}
