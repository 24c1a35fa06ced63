// Package kinds lists the ways in that come with Heliu.
package kinds

import (
	"github.com/heliu-data/heliu/extract"
	"github.com/heliu-data/heliu/extract/collect"
	"github.com/heliu-data/heliu/extract/files"
	"github.com/heliu-data/heliu/extract/rest"
	"github.com/heliu-data/heliu/extract/session"
	"github.com/heliu-data/heliu/extract/sqldb"
)

// All are the ways in, for extract.Deps.Kinds. Where two bear one name the first is taken: a running collector puts its own
// in front.
func All() []extract.Kind {
	return []extract.Kind{rest.Kind(), sqldb.Kind(), files.Kind(), session.Kind(), collect.Kind()}
}
