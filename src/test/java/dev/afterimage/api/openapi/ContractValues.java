package dev.afterimage.api.openapi;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Values for requests: such as the document's schemas allow, of things that are there, and such as nobody should send. */
final class ContractValues {

    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private static final List<String> HOSTILE = List.of(
            "",
            " ",
            "\0",
            "a\0b",
            "../../etc/passwd",
            "/etc/passwd",
            "/proc/self/mem",
            "/dev/zero",
            "%00",
            "%2e%2e%2f",
            "' OR 1=1 --",
            "\"; DROP TABLE job; --",
            "${jndi:ldap://localhost/x}",
            "#{7*7}",
            "\u202e\ufffe\ud800",
            "😀".repeat(50),
            "a".repeat(3_000),
            "-1",
            "0",
            "9223372036854775808",
            "1e999",
            "NaN",
            "null",
            "true",
            "PT-1S",
            "P999999999D",
            "9999999999999h",
            "0000-00-00T00:00:00Z",
            "+999999999-12-31T23:59:59Z",
            "00000000-0000-0000-0000-000000000000",
            "\r\nX-Injected: 1",
            "[]",
            "{}");

    private final SplittableRandom random;
    private final Map<String, List<String>> known;

    /** @param known by what it is: name, snapshot, collapsed, job, submitted, group, webhook, token, secretToken, path, repository; may grow meanwhile */
    ContractValues(SplittableRandom random, Map<String, List<String>> known) {
        this.random = random;
        this.known = known;
    }

    static List<String> growing() {
        return new CopyOnWriteArrayList<>();
    }

    boolean chance(int percent) {
        return random.nextInt(100) < percent;
    }

    <T> T oneOf(List<T> values) {
        return values.get(random.nextInt(values.size()));
    }

    String hostile() {
        return oneOf(HOSTILE);
    }

    /** Of a parameter or a property with that name in that operation. */
    JsonNode allowed(ContractOperation operation, String name, JsonNode unresolved) {
        var schema = operation.resolved(unresolved);
        if (schema.has("enum")) {
            return oneOf(schema.get("enum").valueStream().toList());
        }
        return switch (type(schema)) {
            case "object" -> object(operation, name, schema);
            case "array" -> array(operation, name, schema);
            case "boolean" -> JSON.booleanNode(random.nextBoolean());
            case "integer" -> JSON.numberNode(name.equals("commit") ? random.nextInt(3) : number(schema));
            case "null" -> JSON.nullNode();
            default -> JSON.stringNode(text(operation, name, schema));
        };
    }

    private String type(JsonNode schema) {
        var type = schema.path("type");
        return type.isArray() ? oneOf(type.valueStream().map(JsonNode::asString).toList()) : type.asString("object");
    }

    private ObjectNode object(ContractOperation operation, String name, JsonNode schema) {
        var object = JSON.objectNode();
        var required =
                schema.path("required").valueStream().map(JsonNode::asString).toList();
        schema.path("properties").properties().forEach(property -> {
            if (required.contains(property.getKey()) || chance(50)) {
                object.set(property.getKey(), allowed(operation, property.getKey(), property.getValue()));
            }
        });
        if (schema.path("additionalProperties").isObject() && chance(50)) {
            var key = name.equals("targets") ? existing("name") : oneOf(List.of("reason", "team", "k-1"));
            object.set(key, allowed(operation, name, schema.get("additionalProperties")));
        }
        return object;
    }

    private JsonNode array(ContractOperation operation, String name, JsonNode schema) {
        var array = JSON.arrayNode();
        for (int items = schema.path("minItems").asInt(0) + random.nextInt(2); items > 0; items--) {
            array.add(allowed(operation, name, schema.get("items")));
        }
        return array;
    }

    private long number(JsonNode schema) {
        long least = schema.path("minimum").asLong(0);
        return least
                + random.nextLong(Math.min(1_000_000, schema.path("maximum").asLong(Integer.MAX_VALUE) - least) + 1);
    }

    private String text(ContractOperation operation, String name, JsonNode schema) {
        return switch (name) {
            // What is registered and deleted again is not what the other requests are about.
            case "name" -> isAboutTheRegistration(operation) ? "fuzz-" + random.nextInt(5) : existing("name");
            case "database", "databases", "replaces" -> existing("name");
            case "snapshot", "other" -> existing("snapshot");
            case "snapshotId" -> existing("collapsed");
            case "group", "groupId" -> existing("group");
            case "id" -> existing(whatIdIsOf(operation));
            case "path" -> existing("path");
            case "url" -> "http://" + oneOf(List.of("127.0.0.1:9", "[::1]:9", "169.254.169.254")) + "/hook";
            case "cron" -> oneOf(List.of("30 2 * * *", "0 4 * * SUN", "0 0 1 1 *", "15 */6 * * *"));
            case "zone" -> oneOf(List.of("UTC", "Europe/Berlin", "America/New_York"));
            case "label" -> oneOf(List.of("reason=audit", "team=", "k-1=v"));
            case "at" -> oneOf(known.get("at"));
            case "wait" -> oneOf(List.of("0s", "1ms", "20ms"));
            case "lasts" -> oneOf(List.of("1ms", "20ms"));
            case "patience", "jitter" -> oneOf(List.of("0s", "10ms", "PT0.02S"));
            case "deadline", "maxAge", "maxFullCheckAge", "within" -> oneOf(List.of("1m", "2h", "P2D"));
            case "maxBytesPerSecond", "maxWalBytes", "maxBytes" -> oneOf(List.of("50MB", "1GB", "70000"));
            case "sample" -> oneOf(List.of("100%", "5%", "0.5%"));
            case "expect" -> oneOf(List.of(">0", "=1", "a"));
            case "table" -> "item";
            case "where" -> oneOf(List.of("1", "id > 3"));
            case "sql" -> oneOf(List.of("SELECT 1", "SELECT ?", "SELECT name, rootpage FROM sqlite_schema"));
            case "token" -> existing("secretToken");
            case "secret" -> "a secret of enough letters";
            case "Range" -> oneOf(List.of("bytes=0-99", "bytes=-16", "bytes=100-", "bytes=0-1,4-5"));
            case "Idempotency-Key" -> "key-" + random.nextInt(50);
            default ->
                switch (schema.path("format").asString("")) {
                    case "date-time" ->
                        Instant.now()
                                .plus(Duration.ofHours(random.nextInt(200) - 100))
                                .toString();
                    case "uuid" -> new UUID(random.nextLong(), random.nextLong()).toString();
                    default -> oneOf(List.of("a", "value", "x y"));
                };
        };
    }

    private static String whatIdIsOf(ContractOperation operation) {
        return switch (operation.path().split("/")[3]) {
            case "jobs" -> operation.path().endsWith("/cancel") ? "submitted" : "job";
            case "webhooks" -> "webhook";
            case "tokens" -> "token";
            case "repository" -> "repository";
            default -> "snapshot";
        };
    }

    private static boolean isAboutTheRegistration(ContractOperation operation) {
        return operation.toString().equals("POST /api/v1/databases")
                || operation.toString().equals("DELETE /api/v1/databases/{name}");
    }

    /** Sometimes one that is not there, though it could be. */
    private String existing(String what) {
        var values = known.get(what);
        if (values.isEmpty() || chance(10)) {
            return what.equals("name") ? "unknown" : UUID.randomUUID().toString();
        }
        return oneOf(values);
    }

    /** One change that the schema need not allow. */
    String spoiled(JsonNode body) {
        return switch (random.nextInt(9)) {
            case 0 ->
                body.toString().substring(0, random.nextInt(body.toString().length() + 1));
            case 1 -> "[".repeat(1 + random.nextInt(2_000));
            case 2 -> hostile();
            case 3 -> body + body.toString();
            case 4 ->
                body.isObject() ? with(body, "unknown" + random.nextInt(3), JSON.stringNode("x")) : "{\"a\":1,\"a\":2}";
            default -> body.isObject() && !body.isEmpty() ? withOneSpoiled(body) : "{\"\":{}}";
        };
    }

    private String withOneSpoiled(JsonNode body) {
        var names = body.propertyStream().map(Map.Entry::getKey).toList();
        return with(
                body,
                oneOf(names),
                switch (random.nextInt(7)) {
                    case 0 -> JSON.nullNode();
                    case 1 -> JSON.numberNode(random.nextLong());
                    case 2 -> JSON.numberNode(random.nextDouble());
                    case 3 -> JSON.arrayNode().add(hostile()).addNull();
                    case 4 -> JSON.objectNode().put(hostile(), hostile());
                    default -> JSON.stringNode(hostile());
                });
    }

    private static String with(JsonNode body, String name, JsonNode value) {
        var changed = (ObjectNode) body.deepCopy();
        changed.set(name, value);
        return new JsonMapper().writeValueAsString(changed);
    }
}
