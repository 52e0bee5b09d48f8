import java.net.ServerSocket;
import org.apache.axis.client.AdminClient;
import org.apache.axis.transport.http.SimpleAxisServer;

/** A department's list behind Axis 1.4 in rpc/encoded, on a free port of loopback. */
public class AxisServer {
    private static final String SERVICE =
        "<deployment xmlns='http://xml.apache.org/axis/wsdd/' xmlns:java='http://xml.apache.org/axis/wsdd/providers/java'>"
            + "<service name='List' provider='java:RPC'><parameter name='className' value='AxisList'/>"
            + "<parameter name='allowedMethods' value='*'/>"
            + "<beanMapping qname='d:Row' xmlns:d='urn:department' languageSpecificType='java:AxisList$Row'/>"
            + "</service></deployment>";

    public static String start() throws Exception {
        SimpleAxisServer server = new SimpleAxisServer();
        ServerSocket socket = new ServerSocket(0, 50, java.net.InetAddress.getLoopbackAddress());
        server.setServerSocket(socket);
        server.start();
        int port = socket.getLocalPort();
        AdminClient admin = new AdminClient();
        admin.getCall().setTargetEndpointAddress(new java.net.URL("http://127.0.0.1:" + port + "/axis/services/AdminService"));
        admin.process(new java.io.ByteArrayInputStream(SERVICE.getBytes("UTF-8")));
        return String.valueOf(port);
    }
}
