package models

import "fmt"

// Type says what a field holds, the same in the dictionary, the lake and the engines.
type Type string

// The types. Money and quantities are exact; instants are UTC.
const (
	String    Type = "string"    // UTF-8 text; every id is one
	Integer   Type = "integer"   // 64-bit signed
	Boolean   Type = "boolean"   //
	Money     Type = "money"     // DECIMAL(18,4) in the currency of the row's currency field
	Decimal   Type = "decimal"   // DECIMAL(18,4): quantities that may be broken, rates of tax
	Rate      Type = "rate"      // DECIMAL(38,8): exchange rates
	Double    Type = "double"    // 64-bit IEEE 754; never money
	Date      Type = "date"      // a calendar day, in the zone that the field's note names
	Timestamp Type = "timestamp" // an instant, UTC, microseconds
	Currency  Type = "currency"  // ISO 4217, three capital letters
	JSON      Type = "json"      // a JSON text
	Key       Type = "key"       // 63-bit surrogate key, see [Key63]; -1 is the unknown member
)

var sqlTypes = map[Type]string{
	String: "varchar", Integer: "bigint", Boolean: "boolean", Money: "decimal(18,4)",
	Decimal: "decimal(18,4)", Rate: "decimal(38,8)", Double: "double", Date: "date",
	Timestamp: "timestamp with time zone", Currency: "varchar", JSON: "varchar", Key: "bigint",
}

// SQL returns the column type that both engines understand, in lower case: "decimal(18,4)".
func (t Type) SQL() (string, error) {
	s, ok := sqlTypes[t]
	if !ok {
		return "", fmt.Errorf("unknown type %q", string(t))
	}
	return s, nil
}
