package dev.afterimage.api;

import jakarta.validation.Constraint;
import jakarta.validation.ConstraintValidator;
import jakarta.validation.ConstraintValidatorContext;
import jakarta.validation.Payload;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.time.DateTimeException;
import java.time.ZoneId;
import org.jspecify.annotations.Nullable;

/** The name of a time zone. Null is valid. */
@Target(ElementType.FIELD)
@Retention(RetentionPolicy.RUNTIME)
@Constraint(validatedBy = ZoneText.Rule.class)
@interface ZoneText {

    String message() default "must be a time zone such as Europe/Berlin, UTC or +02:00";

    Class<?>[] groups() default {};

    Class<? extends Payload>[] payload() default {};

    /** The rule itself. */
    final class Rule implements ConstraintValidator<ZoneText, @Nullable String> {

        @Override
        public boolean isValid(@Nullable String text, @Nullable ConstraintValidatorContext context) {
            try {
                return text == null || !ZoneId.of(text).getId().isEmpty();
            } catch (DateTimeException e) {
                return false;
            }
        }
    }
}
