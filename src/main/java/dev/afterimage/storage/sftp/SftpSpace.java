package dev.afterimage.storage.sftp;

import java.io.IOException;
import java.util.Locale;
import java.util.OptionalLong;
import org.apache.sshd.sftp.client.extensions.openssh.OpenSSHStatPathExtension;
import org.apache.sshd.sftp.common.SftpConstants;
import org.apache.sshd.sftp.common.SftpException;

/** How much room a server has, where it says so: {@code statvfs@openssh.com}. */
final class SftpSpace {

    private final SftpConnection connection;

    SftpSpace(SftpConnection connection) {
        this.connection = connection;
    }

    /** Bytes; nothing where the server does not say. */
    OptionalLong free() throws IOException {
        var path = connection.location().path();
        return connection.ask(channel -> {
            var extension = channel.files().getExtension(OpenSSHStatPathExtension.class);
            if (extension == null || !extension.isSupported()) {
                return OptionalLong.empty();
            }
            try {
                var found = extension.stat(path.isEmpty() ? "." : path);
                return OptionalLong.of(found.f_bavail * found.f_frsize);
            } catch (SftpException e) {
                if (e.getStatus() == SftpConstants.SSH_FX_OP_UNSUPPORTED) {
                    return OptionalLong.empty();
                }
                throw e;
            }
        });
    }

    /** Whether it is for want of room that so many bytes were not written; most servers only answer "Failure". */
    boolean isFullFor(long bytes, SftpException failure) {
        if (saysFull(failure)) {
            return true;
        }
        if (failure.getStatus() != SftpConstants.SSH_FX_FAILURE) {
            return false;
        }
        try {
            var free = free();
            return free.isPresent() && free.getAsLong() < bytes;
        } catch (IOException e) {
            failure.addSuppressed(e);
            return false;
        }
    }

    /** Whether a message is about room; the version of SFTP that all speak has no code for it. */
    private static boolean saysFull(SftpException e) {
        var message = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
        return e.getStatus() == SftpConstants.SSH_FX_NO_SPACE_ON_FILESYSTEM
                || e.getStatus() == SftpConstants.SSH_FX_QUOTA_EXCEEDED
                || message.contains("no space")
                || message.contains("quota")
                || message.contains("disk full");
    }
}
