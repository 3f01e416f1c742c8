package heddle.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConnectionInfoTest {

    private static final String FILE = """
            {"shell_port": 1, "iopub_port": 2, "stdin_port": 3, "control_port": 4, "hb_port": 5, "ip": "127.0.0.1",
             "key": "a-key-nobody-may-see", "transport": "tcp", "signature_scheme": "hmac-sha256", "kernel_name": "heddle"}
            """;

    @TempDir
    Path folder;

    private ConnectionInfo read(String json) throws IOException {
        return ConnectionInfo.read(Files.writeString(folder.resolve("kernel.json"), json));
    }

    @Test
    void theFileIsRead() throws Exception {
        assertEquals(
                new ConnectionInfo("tcp", "127.0.0.1", 1, 4, 3, 2, 5, "a-key-nobody-may-see", "hmac-sha256"),
                read(FILE));
    }

    @Test
    void theKeyIsInNoText() throws Exception {
        assertFalse(read(FILE).toString().contains("a-key"));
        var e = assertThrows(IOException.class, () -> read(FILE.replace("\"transport\"", "transport")));
        assertFalse(e.toString().contains("a-key"));
        assertTrue(e.getMessage().endsWith("is not JSON."));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "*", "192.168.1.7", "example.org", "::"})
    void whatOtherMachinesCouldReachIsRefused(String ip) {
        var e = assertThrows(IllegalArgumentException.class, () -> read(FILE.replace("127.0.0.1", ip)));
        assertTrue(e.getMessage().contains("other machines could reach"), e.getMessage());
        System.setProperty(ConnectionInfo.ALLOW_REMOTE, "true");
        try {
            assertEquals(ip, read(FILE.replace("127.0.0.1", ip)).ip());
        } catch (IOException impossible) {
            throw new AssertionError(impossible);
        } finally {
            System.clearProperty(ConnectionInfo.ALLOW_REMOTE);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "::1", "127.0.0.5"})
    void loopbackIsAllowed(String ip) throws Exception {
        assertEquals(ip, read(FILE.replace("127.0.0.1", ip)).ip());
    }

    @Test
    void whatIsNotSupportedIsSaidInOneSentence() {
        for (var change : List.of(
                List.of("hmac-sha256", "hmac-md5", "The signature scheme hmac-md5 is not supported"),
                List.of("\"tcp\"", "\"udp\"", "The transport udp is not supported"),
                List.of("\"tcp\"", "\"ipc\", \"shell_port\": 0", "each port needs a number above 0"),
                List.of("\"hb_port\": 5", "\"hb_port\": 70000", "no usable hb_port"),
                List.of("\"hb_port\": 5,", "", "no usable hb_port"))) {
            var e = assertThrows(
                    IllegalArgumentException.class, () -> read(FILE.replace(change.get(0), change.get(1))));
            assertTrue(e.getMessage().contains(change.get(2)), e.getMessage());
        }
    }
}
