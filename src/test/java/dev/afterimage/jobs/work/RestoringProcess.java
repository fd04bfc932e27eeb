package dev.afterimage.jobs.work;

import dev.afterimage.backup.TestBackups;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.jobs.queue.JobSpec;
import dev.afterimage.jobs.queue.Priority;
import dev.afterimage.jobs.queue.RunningJob;
import dev.afterimage.jobs.queue.Submission;
import dev.afterimage.jobs.queue.TestJobs;
import dev.afterimage.jobs.queue.Verify;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.restore.RestoreItem;
import dev.afterimage.restore.RestoreTarget;
import dev.afterimage.restore.TargetMode;
import dev.afterimage.restore.TestRestore;
import dev.afterimage.retention.TestRemoval;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Restores as its standard input asks for: a mode, a snapshot and a target. It answers with a line: the problem's code, or SUCCEEDED; the safety
 * snapshot; the folder with the old files; and commands. Or it is asked to settle what has ended, as a start does.
 */
final class RestoringProcess {

    private final PrintStream answers;
    private final TestBackups backups;
    private final TestJobs jobs;
    private final JobLeftovers leftovers;
    private final RestoreWork work;

    public static void main(String[] arguments) throws Exception {
        var answers = System.out;
        System.setOut(System.err); // for the log
        var clock = Clock.systemUTC();
        try (var backups = new TestBackups(Path.of(arguments[0]), clock)) {
            var database = backups.database("orders", "CREATE TABLE t (v)", "INSERT INTO t VALUES ('restored')");
            var restored = backups.run(database);
            TestBackups.execute(database.path(), "PRAGMA journal_mode = WAL", "UPDATE t SET v = 'before'");
            answers.println(restored.id());
            new RestoringProcess(answers, backups, clock).answer();
        }
    }

    private RestoringProcess(PrintStream answers, TestBackups backups, Clock clock) {
        this.answers = answers;
        this.backups = backups;
        this.jobs = new TestJobs(backups.catalog, clock);
        var restore = TestRestore.on(backups);
        var targets = new RestoredTargets(backups.catalog.catalog, backups.catalog.node);
        var removal = TestRemoval.on(backups);
        var safetySnapshots = new SafetySnapshots(
                backups.backup, backups.importing, backups.catalog.snapshots, removal, restore, clock);
        this.leftovers = new JobLeftovers(restore, targets, safetySnapshots, removal);
        this.work = new RestoreWork(
                backups.catalog.snapshots, restore, safetySnapshots, targets, backups.following.followers, clock);
    }

    private void answer() throws IOException {
        var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (var line = input.readLine(); line != null; line = input.readLine()) {
            var words = line.split(" ", 3);
            if (words[0].equals("settle")) {
                leftovers.settleEnded();
                answers.println("settled");
            } else {
                var answer = restore(TargetMode.valueOf(words[0]), UUID.fromString(words[1]), Path.of(words[2]));
                answers.println(String.join("\t", answer));
            }
        }
    }

    private List<String> restore(TargetMode mode, UUID snapshotId, Path path) {
        var registered =
                backups.catalog.databases.at(path).stream().map(Database::id).findFirst();
        var target = new RestoreTarget(path, mode, registered.orElse(null));
        var item = new RestoreItem(snapshotId, target, mode == TargetMode.REPLACE_LIVE, false);
        var spec = new JobSpec.Restore(item, Verify.NONE, Duration.ofMinutes(1));
        jobs.jobs.submit(new Submission(spec, List.of("orders"), Priority.NORMAL, null, null));
        var job = jobs.begin();
        try {
            var result = work.run(spec, new RunningJob(job, backups.staging()), Duration.ofSeconds(5));
            jobs.succeed(job);
            return answer("SUCCEEDED", result);
        } catch (ProblemException e) {
            jobs.fail(job, e.code());
            return answer(e.code().name(), e.problem().properties());
        }
    }

    private static List<String> answer(String outcome, Map<String, Object> facts) {
        var answer = new ArrayList<String>();
        answer.add(outcome);
        answer.add(String.valueOf(facts.get("safetySnapshot")));
        answer.add(String.valueOf(facts.get("oldFiles")));
        if (facts.get("notes") instanceof List<?> notes) {
            notes.stream()
                    .map(Object::toString)
                    .filter(note -> note.contains(", by: "))
                    .forEach(note -> answer.add(note.substring(note.indexOf(", by: ") + 6)));
        }
        if (facts.get("commands") instanceof List<?> commands) {
            commands.forEach(command -> answer.add(command.toString()));
        }
        return answer;
    }
}
