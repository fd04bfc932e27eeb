package dev.afterimage.repository.log;

import dev.afterimage.bytes.Sha256;
import dev.afterimage.bytes.ShortDigest;
import dev.afterimage.repository.log.Segments.Stored;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;

/**
 * A segment that was made of several, and took their place: it has all that they had, every version of every page.
 *
 * @param bytes of the object
 */
public record Merged(Segment segment, long bytes) {

    /**
     * Reads segments and stores one that has their commits, which is then read back and compared with them page by page. They stay; whoever deletes
     * them does so when nobody reads them any more.
     *
     * @param parts that go on from one another, in their order
     * @param staging an existing directory, with room for all their pages
     * @throws DamagedSegmentException when one is not what was stored, or what was read back is not what they have; then it is deleted again
     * @throws dev.afterimage.storage.StorageException when the storage fails; what was put stays, and is there when it is tried again
     * @throws dev.afterimage.problem.ProblemException STORAGE_FULL or STORAGE_UNREACHABLE when the staging directory cannot be written
     */
    public static Merged of(UUID databaseId, List<Stored> parts, Segments objects, Path staging) {
        try (var pages = new StagedPages(staging)) {
            var versions = new ArrayList<Version>();
            var segment = joined(readAll(databaseId, parts, objects, versions, pages));
            versions.sort(Version.ORDER);
            long bytes = objects.put(segment, new Sorted(segment, versions, pages));
            proveOrDelete(segment, bytes, objects, versions);
            return new Merged(segment, bytes);
        }
    }

    /** Nobody has named it yet, and it must not stand for what it was made of. */
    private static void proveOrDelete(Segment segment, long bytes, Segments objects, List<Version> versions) {
        try {
            prove(segment, bytes, objects, versions);
        } catch (DamagedSegmentException e) {
            objects.delete(segment.databaseId(), List.of(segment.name()));
            throw e;
        }
    }

    /**
     * A page as a commit has left it.
     *
     * @param place in the file
     */
    private record Version(long page, long commit, int place, ShortDigest digest) {

        /** That of segments. */
        static final Comparator<Version> ORDER = Comparator.comparingLong(Version::page)
                .thenComparing(Comparator.comparingLong(Version::commit).reversed());
    }

    private static List<Segment> readAll(
            UUID databaseId, List<Stored> parts, Segments objects, List<Version> versions, StagedPages pages) {
        var read = new ArrayList<Segment>();
        var sha256 = new Sha256();
        try (var opened = new OpenedAhead(databaseId, parts, objects)) {
            while (opened.hasNext()) {
                try (var part = opened.next()) {
                    part.read(
                            (page, commit, content) -> {
                                int place = versions.size();
                                versions.add(new Version(page, commit, place, sha256.truncated(content)));
                                pages.write((long) place * content.remaining(), content);
                            },
                            Runnable::run);
                    read.add(part.segment());
                }
            }
        }
        return read;
    }

    private static Segment joined(List<Segment> parts) {
        var first = parts.getFirst();
        var commits = new ArrayList<Segment.Commit>();
        for (var part : parts) {
            if (!part.chain().equals(first.chain())
                    || part.pageSize() != first.pageSize()
                    || part.firstCommit() != first.firstCommit() + commits.size()) {
                throw new IllegalArgumentException("%s does not go on from commit %d"
                        .formatted(part.name(), first.firstCommit() + commits.size() - 1));
            }
            commits.addAll(part.commits());
        }
        return new Segment(
                first.databaseId(),
                first.chain(),
                first.previous(),
                first.continuity(),
                first.pageSize(),
                first.firstCommit(),
                commits);
    }

    private record Sorted(Segment segment, List<Version> versions, StagedPages pages) implements Frames {

        @Override
        public int count() {
            return versions.size();
        }

        @Override
        public long page(int frame) {
            return versions.get(frame).page();
        }

        @Override
        public int commit(int frame) {
            return (int) (versions.get(frame).commit() - segment.firstCommit());
        }

        @Override
        public void read(int frame, ByteBuffer page) {
            pages.read((long) versions.get(frame).place() * segment.pageSize(), page);
        }
    }

    private static void prove(Segment segment, long bytes, Segments objects, List<Version> versions) {
        try (var reader = objects.open(segment.databaseId(), new Stored(segment.name(), bytes))) {
            if (!reader.segment().equals(segment)) {
                throw new IllegalArgumentException("it has other commits than what it was made of");
            }
            var sha256 = new Sha256();
            var expected = versions.iterator();
            reader.read(
                    (page, commit, content) -> {
                        var version = expected.hasNext() ? expected.next() : null;
                        if (version == null
                                || version.page() != page
                                || version.commit() != commit
                                || !version.digest().equals(sha256.truncated(content))) {
                            throw new IllegalArgumentException(
                                    "it has another page %d of commit %d than what it was made of"
                                            .formatted(page, commit));
                        }
                    },
                    Runnable::run);
            if (expected.hasNext()) {
                throw new IllegalArgumentException("it has fewer pages than what it was made of");
            }
        } catch (IllegalArgumentException e) {
            throw new DamagedSegmentException(segment.databaseId(), segment.name(), String.valueOf(e.getMessage()), e);
        }
    }
}
