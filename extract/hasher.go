package extract

import (
	"github.com/heliu-data/heliu/extract/personal"
)

// hasher lands personal fields under the project's key (invariant 8).
type hasher struct {
	key []byte
}

// cell hashes a value, after normalising it where the field is a phone or an e-mail. A value that does not name a
// person lands as null.
func (h *hasher) cell(f Field, text string) cell {
	kind, ok := f.Personal, text != ""
	switch f.Personal {
	case "drop":
		return cell{}
	case personal.KindPhone:
		text, ok = personal.Phone(text)
	case personal.KindEmail:
		text, ok = personal.Email(text)
	}
	if !ok {
		return cell{}
	}
	return cell{kind: cellString, s: personal.Hash(h.key, kind, text)}
}
