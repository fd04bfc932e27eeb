package dev.afterimage.follow;

import java.time.Instant;
import java.util.UUID;

/**
 * Up to where the commits of a database were taken.
 *
 * @param chain part of its log
 * @param commit the last one
 * @param takenAt when it was taken
 * @param at when it was looked: nothing else was committed until then
 */
public record Reached(UUID chain, long commit, Instant takenAt, Instant at) {}
