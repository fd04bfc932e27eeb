/** What is in a database: its schema, its rows as SQL text, and what differs between two states of it. */
@NullMarked
package dev.afterimage.content;

import org.jspecify.annotations.NullMarked;
