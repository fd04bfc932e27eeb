package dev.afterimage.api.schedules;

import static dev.afterimage.problem.ProblemCode.DATABASE_NOT_FOUND;
import static dev.afterimage.problem.ProblemCode.HOOK_FAILED;
import static dev.afterimage.problem.ProblemCode.INVALID_REQUEST;
import static dev.afterimage.problem.ProblemCode.METHOD_NOT_POSSIBLE;
import static dev.afterimage.problem.ProblemCode.SCHEDULE_NOT_FOUND;

import dev.afterimage.access.Scope;
import dev.afterimage.api.http.Listing;
import dev.afterimage.api.http.Needs;
import dev.afterimage.api.http.PageQuery;
import dev.afterimage.api.http.Problems;
import dev.afterimage.api.http.Reach;
import dev.afterimage.backup.Methods;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.databases.Databases;
import dev.afterimage.schedule.Schedule;
import dev.afterimage.schedule.ScheduleKind;
import dev.afterimage.schedule.Schedules;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.validation.Valid;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.ModelAttribute;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** When databases are backed up. */
@Tag(name = "Schedules")
@RestController
@RequestMapping("/api/v1")
class ScheduleController {

    private static final ScheduleKind KIND = ScheduleKind.BACKUP;

    private final Databases databases;
    private final Schedules schedules;
    private final ScheduleDescriptions descriptions;
    private final Methods methods;

    ScheduleController(Databases databases, Schedules schedules, ScheduleDescriptions descriptions, Methods methods) {
        this.databases = databases;
        this.methods = methods;
        this.schedules = schedules;
        this.descriptions = descriptions;
    }

    @Needs(value = Scope.READ, reach = Reach.DATABASE)
    @Operation(
            operationId = "getSchedule",
            summary = "Show the backup schedule of a database",
            description = "Its own schedule, else the default one.")
    @Problems({DATABASE_NOT_FOUND, SCHEDULE_NOT_FOUND})
    @GetMapping("/databases/{name}/schedule")
    ScheduleJson get(@PathVariable String name) {
        var database = databases.get(name);
        return describe(database, schedules.get(database, KIND));
    }

    @Needs(value = Scope.ADMIN, reach = Reach.DATABASE)
    @Operation(
            operationId = "putSchedule",
            summary = "Set the backup schedule of a database",
            description =
                    "When it is due, a backup is submitted with priority LOW; while that of the run before has not ended, the"
                            + " run is skipped. Due times that pass while the service is down make one run. 02:30 of a day on which"
                            + " the clock skips it comes an hour later, and once on a day that has it twice; what comes each hour"
                            + " (the hour field `*`) goes on each hour.")
    @Problems({INVALID_REQUEST, DATABASE_NOT_FOUND, METHOD_NOT_POSSIBLE, HOOK_FAILED})
    @PutMapping("/databases/{name}/schedule")
    ScheduleJson put(@PathVariable String name, @Valid @RequestBody ScheduleRequest request) {
        var database = databases.get(name);
        methods.requirePossible(request.method(), database);
        schedules.put(database.id(), request.schedule());
        return describe(database, schedules.get(database, KIND));
    }

    @Needs(value = Scope.ADMIN, reach = Reach.DATABASE)
    @Operation(
            operationId = "deleteSchedule",
            summary = "Remove the backup schedule of a database",
            description = "It has the default one then, if there is one. To have none, PUT one that is `paused`.")
    @Problems({DATABASE_NOT_FOUND, SCHEDULE_NOT_FOUND})
    @ResponseStatus(HttpStatus.NO_CONTENT)
    @DeleteMapping("/databases/{name}/schedule")
    void delete(@PathVariable String name) {
        schedules.remove(databases.get(name), KIND);
    }

    @Needs(value = Scope.READ, reach = Reach.DATABASE)
    @Operation(
            operationId = "listScheduleRuns",
            summary = "List the scheduled backups of a database",
            description = "Newest first. The last 100 are remembered.")
    @Problems({INVALID_REQUEST, DATABASE_NOT_FOUND})
    @GetMapping("/databases/{name}/schedule/runs")
    Listing<ScheduleRunJson> runs(@PathVariable String name, @Valid @ModelAttribute PageQuery part) {
        return descriptions.runs(name, KIND, part);
    }

    @Needs(value = Scope.READ, reach = Reach.NONE)
    @Operation(operationId = "getDefaultSchedule", summary = "Show the default backup schedule")
    @Problems(SCHEDULE_NOT_FOUND)
    @GetMapping("/schedule")
    ScheduleJson getDefault() {
        return ScheduleJson.of(schedules.getDefault(KIND), ScheduleStanding.OF_DEFAULT);
    }

    @Needs(value = Scope.ADMIN, reach = Reach.SERVICE)
    @Operation(
            operationId = "putDefaultSchedule",
            summary = "Set the default backup schedule",
            description = "Also those that are registered later.")
    @Problems(INVALID_REQUEST)
    @PutMapping("/schedule")
    ScheduleJson putDefault(@Valid @RequestBody ScheduleRequest request) {
        schedules.putDefault(request.schedule());
        return getDefault();
    }

    @Needs(value = Scope.ADMIN, reach = Reach.SERVICE)
    @Operation(operationId = "deleteDefaultSchedule", summary = "Remove the default backup schedule")
    @Problems(SCHEDULE_NOT_FOUND)
    @ResponseStatus(HttpStatus.NO_CONTENT)
    @DeleteMapping("/schedule")
    void deleteDefault() {
        schedules.removeDefault(KIND);
    }

    private ScheduleJson describe(Database database, Schedule schedule) {
        return ScheduleJson.of(schedule, descriptions.standing(database, schedule));
    }
}
