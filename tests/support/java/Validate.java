import java.io.File;
import java.util.Arrays;
import javax.xml.XMLConstants;
import javax.xml.transform.stream.StreamSource;
import javax.xml.validation.Schema;
import javax.xml.validation.SchemaFactory;
import org.xml.sax.SAXException;

/** Validates each document of a folder by some schemas; prints schema, name and "valid", or why it is not. */
public class Validate {
    public static void main(String[] arguments) throws Exception {
        String factory = arguments[0];
        SchemaFactory schemas = SchemaFactory.newInstance(XMLConstants.W3C_XML_SCHEMA_NS_URI, factory, null);
        File[] documents = new File(arguments[1]).listFiles();
        Arrays.sort(documents);
        for (String path : Arrays.copyOfRange(arguments, 2, arguments.length)) {
            Schema schema = schemas.newSchema(new File(path));
            for (File document : documents) {
                String verdict = "valid";
                try {
                    schema.newValidator().validate(new StreamSource(document));
                } catch (SAXException error) {
                    verdict = error.getMessage().replaceAll("\\s+", " ");
                }
                System.out.println(path + "\t" + document.getName() + "\t" + verdict);
            }
        }
    }
}
