package extract

import (
	"github.com/heliu-data/heliu/models"
	"github.com/heliu-data/heliu/warehouse"
	"github.com/heliu-data/heliu/warehouse/lake"
)

// TableName is the name of a stream's raw table within the namespace raw: "tmall__orders".
func TableName(source, stream string) string { return source + "__" + stream }

// rejectedSuffix names the table of records that could not be decoded.
const rejectedSuffix = "__rejected"

// Columns of a __rejected table: those of RejectedColumns, then the lake's own, _extra first.
const (
	rejectedMeta    = 5 // _source
	rejectedKeyHash = 9 // null where the key is not known
)

// RejectedColumns are the columns of a __rejected table before the lake's own.
func RejectedColumns() []warehouse.Column {
	return []warehouse.Column{
		{Name: "record", Type: models.String, Comment: "the record as it came; personal values are blanked"},
		{Name: "field", Type: models.String, Comment: "the field that could not be decoded, empty for the whole record"},
		{Name: "reason", Type: models.String, Comment: "why"},
		{Name: "position", Type: models.String, Comment: "page, and record within it"},
	}
}

// tableColumns are all columns of a stream's raw table.
func tableColumns(s *Stream) []warehouse.Column {
	var cols []warehouse.Column
	for _, f := range s.Columns() {
		if f.Personal != "drop" {
			cols = append(cols, warehouse.Column{Name: f.Name, Type: f.Type, Comment: f.Title.comment()})
		}
	}
	return append(cols, lake.MetaColumns()...)
}

func (t Title) comment() string {
	switch {
	case t.Zh == "":
		return t.En
	case t.En == "":
		return t.Zh
	}
	return t.Zh + " / " + t.En
}
