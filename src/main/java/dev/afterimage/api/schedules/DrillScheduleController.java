package dev.afterimage.api.schedules;

import static dev.afterimage.problem.ProblemCode.COPY_NOT_FOUND;
import static dev.afterimage.problem.ProblemCode.DATABASE_NOT_FOUND;
import static dev.afterimage.problem.ProblemCode.INVALID_REQUEST;
import static dev.afterimage.problem.ProblemCode.SCHEDULE_NOT_FOUND;

import dev.afterimage.access.Scope;
import dev.afterimage.api.http.Listing;
import dev.afterimage.api.http.Needs;
import dev.afterimage.api.http.PageQuery;
import dev.afterimage.api.http.Problems;
import dev.afterimage.api.http.Reach;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.databases.Databases;
import dev.afterimage.copies.Copies;
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

/** When drills are made. */
@Tag(name = "Drills")
@RestController
@RequestMapping("/api/v1/databases/{name}/drill")
class DrillScheduleController {

    private static final ScheduleKind KIND = ScheduleKind.DRILL;

    private final Databases databases;
    private final Schedules schedules;
    private final Copies copies;
    private final ScheduleDescriptions descriptions;

    DrillScheduleController(
            Databases databases, Schedules schedules, Copies copies, ScheduleDescriptions descriptions) {
        this.databases = databases;
        this.schedules = schedules;
        this.copies = copies;
        this.descriptions = descriptions;
    }

    @Needs(value = Scope.READ, reach = Reach.DATABASE)
    @Operation(operationId = "getDrillSchedule", summary = "Show the drill schedule of a database")
    @Problems({DATABASE_NOT_FOUND, SCHEDULE_NOT_FOUND})
    @GetMapping
    DrillScheduleJson get(@PathVariable String name) {
        return describe(databases.get(name));
    }

    @Needs(value = Scope.ADMIN, reach = Reach.DATABASE)
    @Operation(
            operationId = "putDrillSchedule",
            summary = "Set the drill schedule of a database",
            description =
                    "When it is due, a drill is submitted with priority LOW. Due times are dealt with as those of backups.")
    @Problems({INVALID_REQUEST, DATABASE_NOT_FOUND, COPY_NOT_FOUND})
    @PutMapping
    DrillScheduleJson put(@PathVariable String name, @Valid @RequestBody DrillScheduleRequest request) {
        var database = databases.get(name);
        if (request.from() != null) {
            copies.get(request.from());
        }
        schedules.put(database.id(), request.schedule());
        return describe(database);
    }

    private DrillScheduleJson describe(Database database) {
        var schedule = schedules.get(database, KIND);
        return DrillScheduleJson.of(schedule, descriptions.standing(database, schedule));
    }

    @Needs(value = Scope.ADMIN, reach = Reach.DATABASE)
    @Operation(operationId = "deleteDrillSchedule", summary = "Remove the drill schedule of a database")
    @Problems({DATABASE_NOT_FOUND, SCHEDULE_NOT_FOUND})
    @ResponseStatus(HttpStatus.NO_CONTENT)
    @DeleteMapping
    void delete(@PathVariable String name) {
        schedules.remove(databases.get(name), KIND);
    }

    @Needs(value = Scope.READ, reach = Reach.DATABASE)
    @Operation(
            operationId = "listDrillRuns",
            summary = "List the scheduled drills of a database",
            description = "Newest first. The last 100 are remembered.")
    @Problems({INVALID_REQUEST, DATABASE_NOT_FOUND})
    @GetMapping("/runs")
    Listing<ScheduleRunJson> runs(@PathVariable String name, @Valid @ModelAttribute PageQuery part) {
        return descriptions.runs(name, KIND, part);
    }
}
