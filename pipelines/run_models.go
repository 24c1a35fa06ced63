package pipelines

import (
	"io/fs"

	"github.com/heliu-data/heliu/sql"
	"github.com/heliu-data/heliu/transform/star"
)

// builtin is a folder of SQL models that comes with the program.
type builtin struct {
	files       fs.FS
	dir, prefix string
}

// builtinModels lists them, in the order of building.
func builtinModels() []builtin {
	return []builtin{
		{star.Embedded(), "sql", "transform/star"},
		{sql.Embedded(), "marts", "sql"},
	}
}
