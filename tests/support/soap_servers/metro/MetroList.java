import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import javax.jws.WebMethod;
import javax.jws.WebParam;
import javax.jws.WebService;
import javax.xml.bind.annotation.XmlAttribute;
import javax.xml.bind.annotation.XmlElement;
import javax.xml.bind.annotation.XmlElementWrapper;
import javax.xml.ws.RequestWrapper;
import javax.xml.ws.ResponseWrapper;

/** 25 rows, at most 10 a page whatever is asked; row 3 has two parties. */
@WebService(targetNamespace = "http://ws.department.invalid/")
public class MetroList {
    static final int ROWS = 25;
    static final int MOST = 10;
    /** Midnight of 5 March 2026 in Shanghai. */
    static final long DAY = 1772640000000L;

    public static class Row {
        @XmlAttribute public String code;
        public String id;
        public String name;
        public Date day;
        public BigDecimal amount;
        public List<String> party = new ArrayList<>();
    }

    public static class Page {
        public int code;
        public String msg;
        public int total;
        @XmlElementWrapper(name = "rows") @XmlElement(name = "row") public List<Row> rows = new ArrayList<>();
    }

    @WebMethod
    @RequestWrapper(className = "MetroBeans$Query")
    @ResponseWrapper(className = "MetroBeans$QueryResponse")
    public Page query(@WebParam(name = "page") int page, @WebParam(name = "size") int size) {
        Page answer = new Page();
        if (page == 99) {
            answer.code = 500;
            answer.msg = "数据库繁忙";
            return answer;
        }
        answer.code = 200;
        answer.msg = "ok";
        answer.total = ROWS;
        int most = Math.min(size, MOST);
        for (int n = (page - 1) * most; n < Math.min(ROWS, page * most); n++) {
            Row row = new Row();
            row.code = "C" + n;
            row.id = "P" + n;
            row.name = "惠州市示例" + n + "公司";
            row.day = new Date(DAY);
            row.amount = new BigDecimal("1000.10");
            row.party.add("甲");
            if (n == 3) {
                row.party.add("乙");
            }
            answer.rows.add(row);
        }
        return answer;
    }

    @WebMethod
    @RequestWrapper(className = "MetroBeans$GetData")
    @ResponseWrapper(className = "MetroBeans$GetDataResponse")
    public String getData(@WebParam(name = "xml") String xml) {
        String page = xml.replaceAll("(?s).*<page>(\\d+)</page>.*", "$1");
        String rows = page.equals("1") ? "<row><id>1</id><name>惠州市示例公司</name></row>" : "";
        return "<?xml version=\"1.0\" encoding=\"GBK\"?><data><code>0</code><rows>" + rows + "</rows></data>";
    }
}
