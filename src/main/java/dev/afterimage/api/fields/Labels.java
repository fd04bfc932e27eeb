package dev.afterimage.api.fields;

import dev.afterimage.catalog.snapshots.Snapshot;
import jakarta.validation.Constraint;
import jakarta.validation.ConstraintValidator;
import jakarta.validation.ConstraintValidatorContext;
import jakarta.validation.Payload;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Bounds what users may stick to databases and snapshots. Null is valid. */
@Target(ElementType.FIELD)
@Retention(RetentionPolicy.RUNTIME)
@Constraint(validatedBy = Labels.Bounds.class)
public @interface Labels {

    String MESSAGE = "must have at most 32 labels, with keys of 1 to 63 characters A-Z a-z 0-9 . _ / - that"
            + " begin with a letter or digit, and values of at most 256 characters; the key safety-of is the service's own";

    String message() default MESSAGE;

    Class<?>[] groups() default {};

    Class<? extends Payload>[] payload() default {};

    /** The rule itself. */
    final class Bounds implements ConstraintValidator<Labels, @Nullable Map<String, @Nullable String>> {

        private static final int MOST = 32;
        private static final int LONGEST_VALUE = 256;
        private static final Pattern KEY = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._/-]{0,62}");

        @Override
        public boolean isValid(
                @Nullable Map<String, @Nullable String> labels, @Nullable ConstraintValidatorContext context) {
            return labels == null
                    || labels.size() <= MOST
                            && labels.keySet().stream().allMatch(KEY.asMatchPredicate())
                            && !labels.containsKey(Snapshot.SAFETY_OF)
                            && labels.values().stream()
                                    .allMatch(value -> value != null && value.length() <= LONGEST_VALUE);
        }
    }
}
