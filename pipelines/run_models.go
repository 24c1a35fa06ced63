package pipelines

import (
	"errors"
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

// Models are all SQL models: the program's own, and over them those in the folder sql of the project in dir ("" for no
// project), which take the place of those of the same name. The error lists every mistake, with file and line.
func Models(dir string) ([]sql.Model, error) {
	var all []sql.Model
	var mistakes []error
	at := map[string]int{}
	add := func(fsys fs.FS, dir, prefix string) {
		list, err := sql.ParseFS(fsys, dir, prefix)
		mistakes = append(mistakes, err)
		for _, m := range list {
			if i, taken := at[m.Table()]; taken {
				all[i] = m
				continue
			}
			at[m.Table()] = len(all)
			all = append(all, m)
		}
	}
	for _, b := range builtinModels() {
		add(b.files, b.dir, b.prefix)
	}
	if dir != "" {
		if own := folder(dir, "sql"); own != nil {
			add(own, ".", "sql")
		}
	}
	return all, errors.Join(mistakes...)
}
