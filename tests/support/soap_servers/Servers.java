import java.io.File;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.List;

/** Starts Metro and Axis in one JVM, each with its own libraries: their SAAJ interfaces do not agree. */
public class Servers {
    /** Arguments: class path of Metro, class path of Axis. Prints one line with both ports, then waits for end of input. */
    public static void main(String[] paths) throws Exception {
        String metro = start(paths[0], "MetroServer");
        String axis = start(paths[1], "AxisServer");
        System.out.println(metro + " " + axis);
        System.out.flush();
        while (System.in.read() >= 0) {
            continue;
        }
        System.exit(0);
    }

    private static String start(String path, String name) throws Exception {
        List<URL> urls = new ArrayList<>();
        for (String one : path.split(File.pathSeparator)) {
            urls.add(new File(one).toURI().toURL());
        }
        ClassLoader loader = new URLClassLoader(urls.toArray(new URL[0]), ClassLoader.getPlatformClassLoader());
        Thread.currentThread().setContextClassLoader(loader);
        return (String) loader.loadClass(name).getMethod("start").invoke(null);
    }
}
