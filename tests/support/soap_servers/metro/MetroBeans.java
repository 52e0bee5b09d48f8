import javax.xml.bind.annotation.XmlAccessType;
import javax.xml.bind.annotation.XmlAccessorType;
import javax.xml.bind.annotation.XmlElement;
import javax.xml.bind.annotation.XmlRootElement;
import javax.xml.bind.annotation.XmlType;

/** What Metro wraps arguments and results in: it would make these itself with a library that Debian leaves out. */
public class MetroBeans {
    private static final String SPACE = "http://ws.department.invalid/";

    @XmlRootElement(name = "query", namespace = SPACE)
    @XmlAccessorType(XmlAccessType.FIELD)
    @XmlType(name = "query", namespace = SPACE)
    public static class Query {
        @XmlElement(name = "page", namespace = "") private int page;
        @XmlElement(name = "size", namespace = "") private int size;

        public int getPage() { return page; }
        public void setPage(int page) { this.page = page; }
        public int getSize() { return size; }
        public void setSize(int size) { this.size = size; }
    }

    @XmlRootElement(name = "queryResponse", namespace = SPACE)
    @XmlAccessorType(XmlAccessType.FIELD)
    @XmlType(name = "queryResponse", namespace = SPACE)
    public static class QueryResponse {
        @XmlElement(name = "return", namespace = "") private MetroList.Page _return;

        public MetroList.Page getReturn() { return _return; }
        public void setReturn(MetroList.Page value) { this._return = value; }
    }

    @XmlRootElement(name = "getData", namespace = SPACE)
    @XmlAccessorType(XmlAccessType.FIELD)
    @XmlType(name = "getData", namespace = SPACE)
    public static class GetData {
        @XmlElement(name = "xml", namespace = "") private String xml;

        public String getXml() { return xml; }
        public void setXml(String xml) { this.xml = xml; }
    }

    @XmlRootElement(name = "getDataResponse", namespace = SPACE)
    @XmlAccessorType(XmlAccessType.FIELD)
    @XmlType(name = "getDataResponse", namespace = SPACE)
    public static class GetDataResponse {
        @XmlElement(name = "return", namespace = "") private String _return;

        public String getReturn() { return _return; }
        public void setReturn(String value) { this._return = value; }
    }
}
