/** The live database: its files as this process opens them, its connections, its locks, and who else has them. */
@NullMarked
package dev.afterimage.sqlite.live;

import org.jspecify.annotations.NullMarked;
