package conform

import (
	"strings"

	"github.com/heliu-data/heliu/models"
)

// SpellingAudit is a query that returns the keys that stand in the entity in two spellings, differing only in case or
// in blanks around them: the spelling without them, how many there are, the least and the greatest. It is a warning,
// since some systems do tell ids apart by case. "" when no part of the key is a text.
func (p *Plan) SpellingAudit() string {
	parts, texts := make([]string, len(p.Entity.Key)), false
	for i, name := range p.Entity.Key {
		f, _ := p.Entity.Field(name)
		parts[i] = KeyPart(f)
		if f.Type == models.String {
			parts[i] = "lower(trim(" + parts[i] + "))"
			texts = true
		}
	}
	if !texts || !p.Mapped() {
		return ""
	}
	return "select " + strings.Join(parts, " || '/' || ") + " as spelling, count(*) as spellings, min(" + p.shownKey() + ") as one, max(" + p.shownKey() + ") as other\nfrom " +
		table(p.Name()) + "\ngroup by " + strings.Join(parts, " || '/' || ") + "\nhaving count(*) > 1"
}
