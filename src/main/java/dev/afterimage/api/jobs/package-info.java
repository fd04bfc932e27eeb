/** Jobs: how a request becomes one, how it is watched, what it tells at the end. */
@NullMarked
package dev.afterimage.api.jobs;

import org.jspecify.annotations.NullMarked;
