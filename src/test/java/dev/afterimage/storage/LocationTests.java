package dev.afterimage.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LocationTests {

    @ParameterizedTest
    @CsvSource({
        "sftp://u1@box.example.net, u1, box.example.net, 22, '', sftp://u1@box.example.net:22/~",
        "sftp://u1@box.example.net/, u1, box.example.net, 22, /, sftp://u1@box.example.net:22/",
        "sftp://u1@box.example.net:23/~/back/up/, u1, box.example.net, 23, back/up, sftp://u1@box.example.net:23/~/back/up",
        "sftp://u1@[::1]:2222//srv//backup, u1, ::1, 2222, /srv/backup, sftp://u1@[::1]:2222/srv/backup"
    })
    void parseWhenItIsAServerTellsItsParts(
            String text, String user, String host, int port, String path, String normal) {
        var location = Location.parse(text);

        assertThat(location)
                .isEqualTo(new Location.Server(user, host, port, path))
                .hasToString(normal);
        assertThat(Location.parse(normal)).isEqualTo(location);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "sftp://box.example.net/x",
                "sftp://u1:secret@box.example.net/x",
                "sftp://u1@box.example.net:0/x",
                "sftp://u1@box.example.net:65536/x",
                "sftp://u1@box.example.net/x/../y",
                "ftp://u1@box.example.net/x"
            })
    void parseWhenItIsNoLocationIsRefused(String text) {
        assertThatThrownBy(() -> Location.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void nameWhenTheDirectoryIsTheRootOrTheHomeHasNoMoreSlashesThanItNeeds() {
        assertThat(new Location.Server("u", "h", 22, "/").name("layers/1")).isEqualTo("/layers/1");
        assertThat(new Location.Server("u", "h", 22, "").name("layers/1")).isEqualTo("layers/1");
        assertThat(new Location.Server("u", "h", 22, "/a").name("layers/1")).isEqualTo("/a/layers/1");
    }
}
