package dev.afterimage.catalog.databases;

import org.springframework.boot.context.properties.ConfigurationProperties;

/**
 * What backups and restores may do about the hot journals of databases.
 *
 * @param settleUnseen {@code afterimage.hot-journals.settle-unseen}: whether one is rolled back also where this service does not see all processes
 *     of its machine, so that a writer may live which locks in another way than SQLite usually does, and whose transaction it is;
 *     default false
 */
@ConfigurationProperties("afterimage.hot-journals")
public record HotJournalSettings(boolean settleUnseen) {}
