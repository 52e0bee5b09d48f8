import java.util.ArrayList;
import java.util.List;

/** 25 rows, 10 a page. */
public class AxisList {
    public static class Row implements java.io.Serializable {
        private String id;
        private String name;
        private String remark;

        public String getId() { return id; }
        public void setId(String id) { this.id = id; }
        public String getName() { return name; }
        public void setName(String name) { this.name = name; }
        public String getRemark() { return remark; }
        public void setRemark(String remark) { this.remark = remark; }
    }

    public Row[] query(int page, int size) {
        List<Row> rows = new ArrayList<Row>();
        int most = Math.min(size, 10);
        for (int n = (page - 1) * most; n < Math.min(25, page * most); n++) {
            Row row = new Row();
            row.setId("P" + n);
            row.setName("惠州市示例" + n + "公司");
            rows.add(row);
        }
        return rows.toArray(new Row[0]);
    }

    public String getData(String xml) {
        return "<?xml version=\"1.0\" encoding=\"GBK\"?><data><row><id>1</id><name>惠州</name></row></data>";
    }
}
