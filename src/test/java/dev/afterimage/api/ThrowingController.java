package dev.afterimage.api;

import io.swagger.v3.oas.annotations.Hidden;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** A defect, of which the service should have none to test with. */
@Hidden
@RestController
class ThrowingController {

    static final String SECRET = "the password is swordfish";

    @GetMapping("/test/defect")
    String defect() {
        throw new IllegalStateException(SECRET);
    }
}
