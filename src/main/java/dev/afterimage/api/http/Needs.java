package dev.afterimage.api.http;

import dev.afterimage.access.Scope;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** What somebody must be allowed to who calls an operation. One without it is refused to everybody. */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
public @interface Needs {

    Scope value();

    Reach reach();

    /** Whether it answers with what is in a database, its rows or its schema, so that the audit has it although it changes nothing. */
    boolean givesContent() default false;

    /** Whether it is done also while the home's disk is full, because it frees space or leads there. Every DELETE is. */
    boolean freesSpace() default false;

    /** Whether it is answered to those as well of whom nobody knows who they are. */
    boolean everybody() default false;

    /** Whether {@link Scope#READ} is enough with {@code ?dryRun=true}, which changes nothing. */
    boolean dryRunReads() default false;
}
