package models

// Title is a text in the two languages of the program.
type Title struct {
	En string `json:"en"`
	Zh string `json:"zh"`
}

// In returns the text in lang, "zh" or "en"; where that one is missing, the other.
func (t Title) In(lang string) string {
	if (lang == "zh" && t.Zh != "") || t.En == "" {
		return t.Zh
	}
	return t.En
}
