/** A bucket of S3, or of what speaks its language. */
@NullMarked
package dev.afterimage.storage.s3;

import org.jspecify.annotations.NullMarked;
