/** A directory of a server that speaks SFTP. */
@NullMarked
package dev.afterimage.storage.sftp;

import org.jspecify.annotations.NullMarked;
