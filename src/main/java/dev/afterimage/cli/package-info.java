/** Commands that read a repository without the service: they need no catalog, no Spring, and write nothing into it. */
@NullMarked
package dev.afterimage.cli;

import org.jspecify.annotations.NullMarked;
