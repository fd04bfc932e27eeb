package dev.afterimage.storage.s3;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Signs a request anew (SigV4) that was changed on its way, with the same key and the same headers as far as it still has them. */
final class S3Signature {

    private static final Pattern AUTHORIZATION =
            Pattern.compile("AWS4-HMAC-SHA256 Credential=([^/]+)/([^,]+), ?SignedHeaders=([^,]+), ?Signature=(\\w+)");

    private S3Signature() {}

    /** @throws IllegalArgumentException when it cannot be, as its chunks are signed, too */
    static HttpHead renew(HttpHead head, String secret) {
        var authorization = AUTHORIZATION.matcher(head.field("Authorization").orElse(""));
        var payload = head.field("x-amz-content-sha256").orElse("");
        if (!authorization.matches() || payload.startsWith("STREAMING-AWS4")) {
            throw new IllegalArgumentException("Cannot be signed anew: " + head);
        }
        var scope = authorization.group(2);
        var signed = List.of(authorization.group(3).split(";")).stream()
                .filter(name -> head.field(name).isPresent())
                .toList();
        var names = String.join(";", signed);
        var canonical = String.join(
                "\n",
                head.word(0),
                head.word(1).replaceFirst("\\?.*", ""),
                query(head.word(1)),
                signed.stream()
                        .map(name -> name + ":" + head.field(name).orElseThrow() + "\n")
                        .collect(Collectors.joining()),
                names,
                payload);
        var text =
                String.join("\n", "AWS4-HMAC-SHA256", head.field("x-amz-date").orElseThrow(), scope, hex(canonical));
        byte[] key = ("AWS4" + secret).getBytes(StandardCharsets.UTF_8);
        for (var part : scope.split("/")) {
            key = hmac(key, part);
        }
        return head.with(
                "Authorization",
                "AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%s"
                        .formatted(
                                authorization.group(1),
                                scope,
                                names,
                                HexFormat.of().formatHex(hmac(key, text))));
    }

    private static String query(String target) {
        int mark = target.indexOf('?');
        if (mark < 0) {
            return "";
        }
        return List.of(target.substring(mark + 1).split("&")).stream()
                .map(part -> part.contains("=") ? part : part + "=")
                .sorted(Comparator.comparing((String part) -> part.substring(0, part.indexOf('='))))
                .collect(Collectors.joining("&"));
    }

    private static String hex(String text) {
        return HexFormat.of().formatHex(S3Request.digest("SHA-256", text.getBytes(StandardCharsets.UTF_8)));
    }

    private static byte[] hmac(byte[] key, String text) {
        try {
            var mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
