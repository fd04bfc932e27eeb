package dev.afterimage.api.fields;

import dev.afterimage.schedule.Cron;
import jakarta.validation.Constraint;
import jakarta.validation.ConstraintValidator;
import jakarta.validation.ConstraintValidatorContext;
import jakarta.validation.Payload;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.jspecify.annotations.Nullable;

/** Text that {@link Cron#parse} understands. Null is valid. */
@Target(ElementType.FIELD)
@Retention(RetentionPolicy.RUNTIME)
@Constraint(validatedBy = CronText.Rule.class)
public @interface CronText {

    String message() default "is not a cron expression";

    Class<?>[] groups() default {};

    Class<? extends Payload>[] payload() default {};

    /** The rule itself. */
    final class Rule implements ConstraintValidator<CronText, @Nullable String> {

        @Override
        public boolean isValid(@Nullable String text, ConstraintValidatorContext context) {
            if (text == null) {
                return true;
            }
            try {
                Cron.parse(text);
                return true;
            } catch (IllegalArgumentException e) {
                context.disableDefaultConstraintViolation();
                context.buildConstraintViolationWithTemplate(withoutExpressions(e.getMessage()))
                        .addConstraintViolation();
                return false;
            }
        }

        /** The message repeats what the user wrote, which the template must not evaluate. */
        private static String withoutExpressions(@Nullable String message) {
            return String.valueOf(message).replaceAll("[\\\\${}]", "?");
        }
    }
}
