package models

// Currency4217 is one currency of ISO 4217 that money may be in.
type Currency4217 struct {
	Code  string
	Minor int // decimals of the smallest unit: CNY 2, JPY 0, KWD 3
}

// Currency returns the currency with this code.
func (d *Dictionary) Currency(code string) (Currency4217, bool) {
	for _, c := range d.Currencies {
		if c.Code == code {
			return c, true
		}
	}
	return Currency4217{}, false
}
