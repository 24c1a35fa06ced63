import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.Writer;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
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
 * Read URL SCHEMA...: what a BI tool sees through JDBC. For each line on standard input, which names a folder, it reads the
 * tables of the schemas, writes the rows of each to FOLDER/SCHEMA.TABLE.csv without a header, prints a line of JSON for it,
 * {"table", "remarks", "columns": [{"name", "remarks"}], "rows": count}, and at the end an empty line. A missing value is an
 * empty cell, every other one stands in quotes. All of it goes over one connection and through the same prepared statements,
 * as in a tool that stays open while tables are published anew.
 */
public class Read {
  public static void main(String[] args) throws Exception {
    PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    Map<String, PreparedStatement> statements = new HashMap<>();
    try (Connection connection = DriverManager.getConnection(args[0])) {
      connection.setReadOnly(true);
      connection.setAutoCommit(false); // else the driver holds a whole table in memory
      for (String folder = in.readLine(); folder != null; folder = in.readLine()) {
        for (int i = 1; i < args.length; i++) {
          schema(connection, args[i], statements, folder, out);
        }
        connection.commit(); // a tool that keeps its transaction open would hold up the next publication
        out.println();
        out.flush();
      }
    }
  }

  private static void schema(Connection connection, String schema, Map<String, PreparedStatement> statements, String folder, PrintStream out) throws SQLException, IOException {
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
        long rows = rows(statement, Path.of(folder, place + ".csv"));
        out.println("{\"table\":" + text(place) + ",\"remarks\":" + text(list.getString("REMARKS")) + ",\"columns\":[" + String.join(",", columns) + "],\"rows\":" + rows + "}");
      }
    }
  }

  private static long rows(PreparedStatement statement, Path path) throws SQLException, IOException {
    long rows = 0;
    try (ResultSet result = statement.executeQuery(); Writer out = Files.newBufferedWriter(path)) {
      ResultSetMetaData columns = result.getMetaData();
      int count = columns.getColumnCount();
      for (; result.next(); rows++) {
        for (int i = 1; i <= count; i++) {
          String cell = cell(result, columns, i);
          if (cell != null) {
            out.write('"');
            out.write(cell.indexOf('"') < 0 ? cell : cell.replace("\"", "\"\""));
            out.write('"');
          }
          out.write(i < count ? ',' : '\n');
        }
      }
    }
    return rows;
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
