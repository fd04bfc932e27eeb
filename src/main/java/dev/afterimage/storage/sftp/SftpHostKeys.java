package dev.afterimage.storage.sftp;

import dev.afterimage.storage.Location;
import java.io.IOException;
import java.net.SocketAddress;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.sshd.client.config.hosts.KnownHostEntry;
import org.apache.sshd.client.keyverifier.ServerKeyVerifier;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.NamedFactory;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.PublicKeyEntryResolver;
import org.apache.sshd.common.digest.BuiltinDigests;
import org.apache.sshd.common.signature.BuiltinSignatures;
import org.apache.sshd.common.signature.Signature;
import org.jspecify.annotations.Nullable;

/**
 * What a server's key must be, for one connection: a fingerprint, or what a file of known hosts says. No key is believed because it was the
 * first.
 */
final class SftpHostKeys implements ServerKeyVerifier {

    /**
     * Which keys a server may have, as it shows one of each kind, and which it shows depends on what is asked for: a key that is not the
     * expected one may only be one of another kind.
     */
    enum Kind {
        ED25519,
        ECDSA,
        RSA;

        /** Of those that can be asked for here. */
        List<NamedFactory<Signature>> signatures() {
            var all = switch (this) {
                case ED25519 -> Stream.of(BuiltinSignatures.ed25519);
                case ECDSA ->
                    Stream.of(BuiltinSignatures.nistp256, BuiltinSignatures.nistp384, BuiltinSignatures.nistp521);
                case RSA -> Stream.of(BuiltinSignatures.rsaSHA512, BuiltinSignatures.rsaSHA256);
            };
            return all.filter(BuiltinSignatures::isSupported)
                    .<NamedFactory<Signature>>map(signature -> signature)
                    .toList();
        }
    }

    private static final String REVOKED = "revoked";

    private final SftpSettings settings;
    private final Location.Server server;
    private final List<String> expected;
    private final List<String> revoked = new ArrayList<>();
    private volatile @Nullable String shown;

    /** @throws IOException when the file of known hosts cannot be read */
    SftpHostKeys(Location.Server server, SftpSettings settings) throws IOException {
        this.server = server;
        this.settings = settings;
        this.expected = settings.knownHostsFile() == null
                ? settings.hostKeys()
                : known(KnownHostEntry.readKnownHostEntries(settings.knownHostsFile()));
    }

    private List<String> known(List<KnownHostEntry> entries) throws IOException {
        var fingerprints = new ArrayList<String>();
        for (var entry : entries) {
            if (!entry.isHostMatch(server.host(), server.port())) {
                continue;
            }
            if (entry.getMarker() == null) {
                fingerprint(entry).forEach(fingerprints::add);
            } else if (entry.getMarker().equals(REVOKED)) {
                fingerprint(entry).forEach(revoked::add);
            }
        }
        return fingerprints;
    }

    private static Stream<String> fingerprint(KnownHostEntry entry) throws IOException {
        try {
            var key = entry.getKeyEntry().resolvePublicKey(null, PublicKeyEntryResolver.IGNORING);
            return key == null ? Stream.empty() : Stream.of(fingerprint(key));
        } catch (GeneralSecurityException e) {
            throw new IOException("A key cannot be read: " + entry.getConfigLine(), e);
        }
    }

    static String fingerprint(PublicKey key) {
        return KeyUtils.getFingerPrint(BuiltinDigests.sha256, key);
    }

    @Override
    public boolean verifyServerKey(ClientSession session, SocketAddress address, PublicKey key) {
        var fingerprint = fingerprint(key);
        shown = fingerprint;
        return expected.contains(fingerprint) && !revoked.contains(fingerprint);
    }

    /** Whether the server has shown a key that is not expected. */
    boolean isRefused() {
        return shown != null && (!expected.contains(shown) || revoked.contains(shown));
    }

    /** What the server has shown. */
    String shown() {
        return String.valueOf(shown);
    }

    /** What it means that a server shows other keys than expected. */
    IOException refusal(List<String> shownKeys) {
        var keys = String.join(" and ", shownKeys);
        return expected.isEmpty()
                ? new Refused(
                        "no key of %s is known here; it shows %s".formatted(server, keys),
                        "Compare this fingerprint with what the server's operator says, then set host-keys to it.")
                : new Refused(
                        "%s shows the key %s, expected is %s".formatted(server, keys, String.join(" or ", expected)),
                        settings.knownHostsFile() == null
                                ? "If its operator has changed its key, set host-keys to the new fingerprint; else somebody may be listening."
                                : "If its operator has changed its key, correct %s; else somebody may be listening."
                                        .formatted(settings.knownHostsFile()));
    }

    /** A connection that is not tried again, as it would only be refused again. */
    static final class Refused extends IOException {

        private final String remedy;

        Refused(String message, String remedy) {
            super(message);
            this.remedy = remedy;
        }

        String remedy() {
            return remedy;
        }
    }
}
