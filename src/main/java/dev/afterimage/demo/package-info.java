/**
 * The demo profile: a database that another process keeps writing to, taken through the main job over HTTP.
 */
@NullMarked
package dev.afterimage.demo;

import org.jspecify.annotations.NullMarked;
