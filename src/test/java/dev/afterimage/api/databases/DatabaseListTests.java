package dev.afterimage.api.databases;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.afterimage.api.ApiTest;
import dev.afterimage.api.Http;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which databases are listed, and in which order, as somebody asks for whom only those of the test exist. */
class DatabaseListTests extends ApiTest {

    private String a;
    private String b;
    private String c;
    private Http reader;

    @BeforeEach
    void register() throws Exception {
        a = "a-" + name;
        b = "b-" + name;
        c = "c-" + name;
        register(a, "{\"team\": \"x\"}");
        register(b, "{\"team\": \"y\"}");
        register(c, "{\"team\": \"x\", \"keep\": \"\"}");
        ended(http.post("/databases/" + b + "/backups", "{\"verify\": \"NONE\"}")
                .json());
        reader = token("READ", a, b, c);
    }

    private void register(String database, String labels) throws Exception {
        var body =
                "{\"name\": \"%s\", \"path\": \"%s\", \"labels\": %s}".formatted(database, database(database), labels);
        assertThat(http.post("/databases", body).status()).isEqualTo(201);
    }

    private List<String> listed(String query) {
        var names = new ArrayList<String>();
        var part = reader.get("/databases?limit=1" + query).json();
        part.get("items").forEach(item -> names.add(item.get("name").asString()));
        while (!part.get("nextCursor").isNull()) {
            part = reader.get("/databases?limit=1" + query + "&cursor="
                            + part.get("nextCursor").asString())
                    .json();
            part.get("items").forEach(item -> names.add(item.get("name").asString()));
        }
        return names;
    }

    @Test
    void listHasThoseThatAreLookedForPartByPart() {
        assertThat(listed("")).containsExactly(a, b, c);
        assertThat(listed("&q=B-DB")).containsExactly(b);
        assertThat(listed("&q=" + name.substring(5))).containsExactly(a, b, c);
        assertThat(listed("&q=%25")).as("it is no pattern").isEmpty();
        assertThat(listed("&label=team%3Dx")).containsExactly(a, c);
        assertThat(listed("&label=keep")).containsExactly(c);
        assertThat(listed("&label=team%3Dx&q=c-db-")).containsExactly(c);
        assertThat(listed("&node=no-such")).isEmpty();
        var node = reader.get("/databases?limit=1")
                .json()
                .get("items")
                .get(0)
                .get("node")
                .asString();
        assertThat(listed("&node=" + node)).containsExactly(a, b, c);
    }

    @Test
    void listHasThoseThatAreAsWellProtectedAsIsAskedForAndTheWorstFirst() {
        await().untilAsserted(
                        () -> // of the last look, which may be of before the backup
                        assertThat(listed("&protection=PROTECTED")).containsExactly(b));
        assertThat(listed("&protection=UNPROTECTED,STALE")).containsExactly(a, c);
        assertThat(listed("&sort=PROTECTION")).endsWith(b).containsExactlyInAnyOrder(a, b, c);
        assertThat(listed("&sort=AGE")).containsExactly(a, c, b);
        var first = reader.get("/databases?sort=PROTECTION&limit=1")
                .json()
                .get("items")
                .get(0);
        assertThat(first.get("protection").asString()).isEqualTo("UNPROTECTED");
    }

    @Test
    void listOfWhatDoesNotExistForSomebodyHasNothingOfIt() {
        assertThat(token("READ", "no-such").get("/databases?q=" + name).json().get("items"))
                .isEmpty();
        assertThat(token("READ", a).get("/databases?sort=AGE").json().get("items"))
                .hasSize(1);
    }

    @Test
    void listWhenAFilterIsNoneIsRefused() {
        assertInvalid(reader.get("/databases?protection=GOOD"), "protection");
        assertInvalid(reader.get("/databases?sort=SIZE"), "sort");
        assertInvalid(reader.get("/databases?q=" + "a".repeat(201)), "q");
        assertInvalid(reader.get("/databases?sort=AGE&cursor=nonsense"), "cursor");
        assertInvalid(reader.get("/databases?colour=red"), "colour");
    }

    @Test
    void jobsOfSeveralKindsAndStatesAndTimesAreListed() {
        var made = reader.get("/jobs").json().get("items").get(0);
        var at = made.get("createdAt").asString();
        assertThat(reader.get("/jobs?state=SUCCEEDED,FAILED&kind=BACKUP,PRUNE")
                        .json()
                        .get("items"))
                .hasSize(1);
        assertThat(reader.get("/jobs?state=QUEUED,FAILED").json().get("items")).isEmpty();
        assertThat(reader.get("/jobs?from=" + at).json().get("items")).hasSize(1);
        assertThat(reader.get("/jobs?to=" + at).json().get("items")).isEmpty();
        assertThat(http.get("/jobs?state=SUCCEEDED,FAILED&database=" + b).json().get("items"))
                .hasSize(1);
        assertInvalid(reader.get("/jobs?state=OVER"), "state");
        assertInvalid(reader.get("/jobs?from=yesterday"), "from");
    }
}
