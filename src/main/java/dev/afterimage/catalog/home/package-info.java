/** The home as a directory: its lock, the node, the reserve of disk space, the files that are the service's own. */
@NullMarked
package dev.afterimage.catalog.home;

import org.jspecify.annotations.NullMarked;
