import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Read URL SCHEMA...: what a BI tool sees through JDBC. For each line on standard input it reads the tables of the schemas and
 * prints a line of JSON for each, then an empty line:
 * {"table", "remarks", "columns": [{"name", "remarks"}], "rows": [[text or null]]}. All of it goes over one connection and
 * through the same prepared statements, as in a tool that stays open while tables are published anew.
 */
public class Read {
  public static void main(String[] args) throws Exception {
    PrintStream out = new PrintStream(new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 1 << 16), false, StandardCharsets.UTF_8);
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
    Map<String, PreparedStatement> statements = new HashMap<>();
    try (Connection connection = DriverManager.getConnection(args[0])) {
      connection.setReadOnly(true);
      connection.setAutoCommit(false); // else the driver holds a whole table in memory
      while (in.readLine() != null) {
        for (int i = 1; i < args.length; i++) {
          schema(connection, args[i], statements, out);
        }
        connection.commit(); // a tool that keeps its transaction open would hold up the next publication
        out.println();
        out.flush();
      }
    }
  }

  private static void schema(Connection connection, String schema, Map<String, PreparedStatement> statements, PrintStream out) throws SQLException {
    DatabaseMetaData about = connection.getMetaData();
    try (ResultSet list = about.getTables(null, schema, null, new String[] {"TABLE", "VIEW"})) {
      while (list.next()) {
        String name = list.getString("TABLE_NAME"), place = schema + "." + name;
        List<String> columns = new ArrayList<>();
        try (ResultSet found = about.getColumns(null, schema, name, null)) {
          while (found.next()) {
            columns.add("{\"name\":" + text(found.getString("COLUMN_NAME")) + ",\"remarks\":" + text(found.getString("REMARKS")) + "}");
          }
        }
        PreparedStatement statement = statements.get(place);
        if (statement == null) {
          statement = connection.prepareStatement("select * from \"" + schema + "\".\"" + name + "\"");
          statement.unwrap(org.postgresql.PGStatement.class).setPrepareThreshold(1); // the server keeps the plan from now on
          statement.setFetchSize(2000);
          statements.put(place, statement);
        }
        out.print("{\"table\":" + text(place) + ",\"remarks\":" + text(list.getString("REMARKS")) + ",\"columns\":[" + String.join(",", columns) + "],\"rows\":[");
        rows(statement, out);
        out.println("]}");
      }
    }
  }

  private static void rows(PreparedStatement statement, PrintStream out) throws SQLException {
    try (ResultSet result = statement.executeQuery()) {
      ResultSetMetaData columns = result.getMetaData();
      for (boolean first = true; result.next(); first = false) {
        out.print(first ? "[" : ",[");
        for (int i = 1; i <= columns.getColumnCount(); i++) {
          out.print((i > 1 ? "," : "") + text(cell(result, columns, i)));
        }
        out.print("]");
      }
    }
  }

  /** Each value by the getter of its type: an amount as a decimal, a day as a day, an instant as microseconds since 1970. */
  private static String cell(ResultSet result, ResultSetMetaData columns, int i) throws SQLException {
    switch (columns.getColumnType(i)) {
      case Types.NUMERIC:
        BigDecimal amount = result.getBigDecimal(i);
        return amount == null ? null : amount.toPlainString();
      case Types.DATE:
        LocalDate day = result.getObject(i, LocalDate.class);
        return day == null ? null : day.toString();
      case Types.TIMESTAMP:
        if (columns.getColumnTypeName(i).equals("timestamptz")) {
          OffsetDateTime at = result.getObject(i, OffsetDateTime.class);
          return at == null ? null : String.valueOf(ChronoUnit.MICROS.between(Instant.EPOCH, at.toInstant()));
        }
        return result.getString(i);
      case Types.BIT:
      case Types.BOOLEAN:
        boolean yes = result.getBoolean(i);
        return result.wasNull() ? null : String.valueOf(yes);
      default:
        return result.getString(i);
    }
  }

  private static String text(String s) {
    if (s == null) {
      return "null";
    }
    StringBuilder out = new StringBuilder("\"");
    for (char c : s.toCharArray()) {
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c < ' ') {
        out.append(String.format("\\u%04x", (int) c));
      } else {
        out.append(c);
      }
    }
    return out.append('"').toString();
  }
}
