package lake

import (
	"fmt"

	"github.com/apache/iceberg-go"
	"github.com/parquet-go/parquet-go"

	"github.com/heliu-data/heliu/models"
)

// The columns that every raw table has behind those of its stream (invariant 2).
const (
	ExtraColumn       = "_extra"        // JSON of the fields that the connector does not declare
	SourceColumn      = "_source"       // the configured system
	StreamColumn      = "_stream"       // the kind of record
	BatchColumn       = "_batch_id"     // the window's batch
	ExtractedAtColumn = "_extracted_at" // when the window was read
	KeyHashColumn     = "_key_hash"     // models.Key63 of the stream's key
)

var iceTypes = map[models.Type]iceberg.Type{
	models.String: iceberg.PrimitiveTypes.String, models.Currency: iceberg.PrimitiveTypes.String, models.JSON: iceberg.PrimitiveTypes.String,
	models.Integer: iceberg.PrimitiveTypes.Int64, models.Key: iceberg.PrimitiveTypes.Int64, models.Boolean: iceberg.PrimitiveTypes.Bool,
	models.Money: iceberg.DecimalTypeOf(18, 4), models.Decimal: iceberg.DecimalTypeOf(18, 4), models.Rate: iceberg.DecimalTypeOf(38, 8),
	models.Double: iceberg.PrimitiveTypes.Float64, models.Date: iceberg.PrimitiveTypes.Date, models.Timestamp: iceberg.PrimitiveTypes.TimestampTz,
}

// modelType is the type that a lake column has for the rest of Heliu: text that was declared JSON or currency is
// text, money is a decimal.
func modelType(t iceberg.Type) (models.Type, error) {
	switch t := t.(type) {
	case iceberg.StringType:
		return models.String, nil
	case iceberg.Int64Type, iceberg.Int32Type:
		return models.Integer, nil
	case iceberg.BooleanType:
		return models.Boolean, nil
	case iceberg.Float64Type, iceberg.Float32Type:
		return models.Double, nil
	case iceberg.DateType:
		return models.Date, nil
	case iceberg.TimestampTzType:
		return models.Timestamp, nil
	case iceberg.DecimalType:
		if t.Scale() == 4 && t.Precision() <= 18 {
			return models.Decimal, nil
		}
		if t.Scale() == 8 {
			return models.Rate, nil
		}
	}
	return "", fmt.Errorf("type %s is none that Heliu reads", t)
}

// parquetNode is how a column of the type is stored, with its Iceberg field id. Every column may be null: what a
// later schema adds is null in older files.
func parquetNode(id int, t iceberg.Type) (parquet.Node, error) {
	var n parquet.Node
	switch t := t.(type) {
	case iceberg.StringType:
		n = parquet.String()
	case iceberg.Int64Type:
		n = parquet.Leaf(parquet.Int64Type)
	case iceberg.Int32Type:
		n = parquet.Leaf(parquet.Int32Type)
	case iceberg.BooleanType:
		n = parquet.Leaf(parquet.BooleanType)
	case iceberg.Float64Type:
		n = parquet.Leaf(parquet.DoubleType)
	case iceberg.Float32Type:
		n = parquet.Leaf(parquet.FloatType)
	case iceberg.DateType:
		n = parquet.Date()
	case iceberg.TimestampTzType:
		n = parquet.Timestamp(parquet.Microsecond)
	case iceberg.DecimalType:
		physical := parquet.Int64Type
		switch {
		case t.Precision() <= 9:
			physical = parquet.Int32Type
		case t.Precision() > 18:
			physical = parquet.FixedLenByteArrayType(16)
		}
		n = parquet.Decimal(t.Scale(), t.Precision(), physical)
	default:
		return nil, fmt.Errorf("type %s cannot be landed", t)
	}
	return parquet.FieldID(parquet.Optional(n), id), nil
}
