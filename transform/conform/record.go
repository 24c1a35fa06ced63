package conform

import (
	"fmt"
	"strings"
)

// ofRecord is the branch's condition with what is counted from another system left out (see models.Mapping.OfRecord). A
// row without its shop stays, to be quarantined.
func (b branch) ofRecord() string {
	list, not := b.mapping.OnlyShops, ""
	if list == nil {
		list, not = b.mapping.NotShops, "not "
	}
	if b.mapping.OnlyShops == nil && len(list) == 0 {
		return b.where
	}
	shop := "nullif(cast((" + b.exprs["shop_id"] + "\n) as varchar), '')"
	if codes, ok := b.codes["shop_id"]; ok {
		var s strings.Builder
		for _, code := range sortedKeys(codes) {
			s.WriteString(" when " + literal(code) + " then " + literal(codes[code]))
		}
		shop = "case " + shop + s.String() + " end"
	}
	quoted := []string{"''"} // no shop at all is a list too
	for _, id := range list {
		quoted = append(quoted, literal(id))
	}
	condition := fmt.Sprintf("(%s) is null or (%[1]s) %sin (%s)", shop, not, strings.Join(quoted, ", "))
	if b.where == "" {
		return condition
	}
	return "(" + b.where + "\n) and (" + condition + ")"
}
