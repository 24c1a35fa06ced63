// Package star holds the star schema's SQL: dimensions, facts, bridges and the steps on the way to them, one file each
// in the folder sql, with a header as package sql reads it. What the tables mean is declared in models/star.
package star

import (
	"embed"
	"io/fs"
)

//go:embed sql/*.sql
var files embed.FS

// Embedded returns the star's models, in a folder sql.
func Embedded() fs.FS { return files }
