package dev.afterimage.api.http;

import dev.afterimage.access.Scope;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import io.swagger.v3.oas.annotations.Hidden;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** A defect, of which the service should have none to test with. */
@Hidden
@RestController
class ThrowingController {

    static final String SECRET = "the password is swordfish";

    @Needs(value = Scope.READ, reach = Reach.NONE)
    @GetMapping("/test/problem")
    String problem(@RequestParam String detail) {
        throw new ProblemException(Problem.of(ProblemCode.STORAGE_FULL, detail));
    }

    @Needs(value = Scope.READ, reach = Reach.NONE)
    @GetMapping("/test/defect")
    String defect() {
        throw new IllegalStateException(SECRET);
    }
}
