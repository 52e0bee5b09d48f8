import java.net.ServerSocket;
import javax.xml.ws.Endpoint;

/** A department's list behind JAX-WS Metro, on a free port of loopback. */
public class MetroServer {
    public static String start() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        Endpoint.publish("http://127.0.0.1:" + port + "/list", new MetroList());
        return String.valueOf(port);
    }
}
