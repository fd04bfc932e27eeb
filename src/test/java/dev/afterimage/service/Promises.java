package dev.afterimage.service;

import static org.assertj.core.api.Assertions.assertThat;

import tools.jackson.databind.JsonNode;

/** What the service promises to who asks for one kind of work: it is kept by the next start, whenever the service dies. */
interface Promises {

    /** Once, before the first of the kills. */
    void prepare(ServiceClient client) throws Exception;

    /** Has work in flight, all of whose earlier promises were kept. */
    void begin(ServiceClient client, Kill wanted) throws Exception;

    /** Requires what must be true while the service is dead. What else happens to the files meanwhile is done here too. */
    void whileDead() throws Exception;

    /** Requires that all that was begun comes to a good end, in a service that has started since. */
    void requireKept(ServiceClient client) throws Exception;

    /** Whether the job succeeded. Else it was given up, which must be because the service died in each of its three attempts. */
    static boolean succeeded(JsonNode job) {
        boolean succeeded = job.get("state").asString().equals("SUCCEEDED");
        if (!succeeded) {
            assertThat(job.get("state").asString()).as("%s", job).isEqualTo("FAILED");
            assertThat(job.get("problem").get("code").asString()).as("%s", job).isEqualTo("INTERRUPTED");
            assertThat(job.get("attempt").asInt()).as("%s", job).isEqualTo(3);
        }
        return succeeded;
    }
}
