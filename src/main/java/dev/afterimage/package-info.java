/** Afterimage: backups of live SQLite databases. {@code docs/design.md} tells what each package is for. */
@NullMarked
package dev.afterimage;

import org.jspecify.annotations.NullMarked;
