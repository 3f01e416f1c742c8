package heddle.protocol;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Where a kernel listens and with which key messages are signed: the connection file's content.
 *
 * @param transport {@code tcp} or {@code ipc}
 * @param ip for tcp a loopback address, for ipc what the paths of the Unix-domain sockets begin with: {@code <ip>-<port>}
 * @param key empty for unsigned messages
 * @param signatureScheme such as {@code hmac-sha256}
 */
public record ConnectionInfo(
        String transport,
        String ip,
        int shellPort,
        int controlPort,
        int stdinPort,
        int iopubPort,
        int hbPort,
        String key,
        String signatureScheme) {

    /** The system property that allows an address which other machines can reach. */
    public static final String ALLOW_REMOTE = "heddle.protocol.allowRemote";

    private static final Set<String> SCHEMES = Set.of("hmac-sha256", "hmac-sha384", "hmac-sha512");

    /** @throws IllegalArgumentException with one sentence, when a kernel cannot or may not listen there */
    public ConnectionInfo {
        key = Json.or(key, "");
        signatureScheme = Json.or(signatureScheme, "hmac-sha256");
        if (!SCHEMES.contains(signatureScheme)) {
            throw new IllegalArgumentException("The signature scheme " + signatureScheme
                    + " is not supported; set Session.signature_scheme to hmac-sha256.");
        }
        var ipc = Json.require(transport, "transport").equals("ipc");
        if (!ipc && !transport.equals("tcp")) {
            throw new IllegalArgumentException("The transport " + transport
                    + " is not supported; start the kernel with --KernelManager.transport=tcp.");
        }
        if (ipc && List.of(shellPort, controlPort, stdinPort, iopubPort, hbPort).contains(0)) {
            throw new IllegalArgumentException("With the transport ipc each port needs a number above 0, it ends the"
                    + " name of a socket; set them in the connection file.");
        }
        if (!isLoopback(Json.require(ip, "ip")) && !ipc && !Boolean.getBoolean(ALLOW_REMOTE)) {
            throw new IllegalArgumentException("The connection file asks to listen on " + ip
                    + ", which other machines could reach; use 127.0.0.1, or allow it with -D" + ALLOW_REMOTE
                    + "=true.");
        }
    }

    /** All ports free to choose, on 127.0.0.1: what was chosen is in {@link KernelServer#connection()}. */
    public static ConnectionInfo anyPort(String key) {
        return new ConnectionInfo("tcp", "127.0.0.1", 0, 0, 0, 0, 0, key, null);
    }

    /**
     * @throws IOException when the file cannot be read or is not JSON
     * @throws IllegalArgumentException with one sentence, when a kernel cannot or may not listen there
     */
    public static ConnectionInfo read(Path file) throws IOException {
        JsonNode json;
        try {
            json = Json.MAPPER.readTree(Files.readAllBytes(file));
        } catch (JsonProcessingException e) {
            // No cause: Jackson's message quotes the text it read, which may be the key.
            throw new IOException("The connection file " + file + " is not JSON.");
        }
        var scheme = json.path("signature_scheme").asText("");
        return new ConnectionInfo(
                json.path("transport").asText("tcp"),
                json.path("ip").asText("127.0.0.1"),
                port(json, "shell_port"),
                port(json, "control_port"),
                port(json, "stdin_port"),
                port(json, "iopub_port"),
                port(json, "hb_port"),
                json.path("key").asText(""),
                scheme.isEmpty() ? null : scheme);
    }

    private static int port(JsonNode json, String field) {
        var port = json.path(field).asInt(-1);
        if (port < 0 || port > 65535) {
            throw new IllegalArgumentException("The connection file has no usable " + field + ".");
        }
        return port;
    }

    int port(Channel channel) {
        return switch (channel) {
            case SHELL -> shellPort;
            case CONTROL -> controlPort;
            case STDIN -> stdinPort;
            case IOPUB -> iopubPort;
            case HEARTBEAT -> hbPort;
        };
    }

    /** {@code hmac-sha256} is {@code HmacSHA256} to the JDK. */
    String macAlgorithm() {
        return "HmacSHA" + signatureScheme.substring("hmac-sha".length()).toUpperCase(Locale.ROOT);
    }

    private static boolean isLoopback(String ip) {
        if (ip.equals("localhost")) {
            return true;
        }
        try {
            return InetAddress.ofLiteral(ip).isLoopbackAddress();
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    @Override
    public String toString() {
        return transport + "://" + ip + " shell " + shellPort + ", control " + controlPort + ", stdin " + stdinPort
                + ", iopub " + iopubPort + ", heartbeat " + hbPort + (key.isEmpty() ? ", unsigned" : ", signed");
    }
}
