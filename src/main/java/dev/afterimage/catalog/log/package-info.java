/** The logs of followed databases as the catalog knows them: an index of the segments in the repository. */
@NullMarked
package dev.afterimage.catalog.log;

import org.jspecify.annotations.NullMarked;
