package simulate

import (
	"cmp"
	"fmt"
	"time"

	_ "time/tzdata" // the zones of the shops, on machines that carry none
)

// Options say which company to make. Two equal Options give the same company,
// byte for byte.
type Options struct {
	// Seed picks one of many companies. 0 means 1.
	Seed uint64
	// Orders is how many purchases customers try to make, besides those of the
	// fixed cases. 0 means 3000.
	Orders int
	// From and To are the first and the last day (both included) on which
	// orders are placed. Zero values mean 2026-05-10 and 2026-07-08.
	From, To time.Time
	// Zone is the zone of the company and of all its shops but the American
	// one. Empty means Asia/Shanghai.
	Zone string
	// CaseDay is the day of cases 1, 4 and 5. Zero means the last 18th of a
	// month that has two days before it and twelve after it inside From..To,
	// or 2026-06-18.
	CaseDay time.Time
	// PresaleDay is the day on which case 2's orders are placed. Zero means the
	// first 24th of a month inside From+5..To whose next month's 4th is inside
	// too, or 2026-10-24.
	PresaleDay time.Time
	// Keys are what its servers ask for; empty fields mean AppSecret, AccessToken and RefreshToken.
	Keys Keys
	// Faults are what goes wrong on the way, once each.
	Faults []Fault
	// Shown is told of every answer that a fault really spoilt, so that a test
	// knows that it met one: a page without records cannot be cut short. It is
	// called by several goroutines. Nil tells nobody.
	Shown func(FaultKind)
}

// Keys are the secrets by which a caller is known.
type Keys struct{ Secret, Token, Refresh string }

// Tiny is a company for tests: 60 orders over seven weeks.
func Tiny() Options {
	return Options{Seed: 1, Orders: 60, From: Day("2026-05-15"), To: Day("2026-07-02")}
}

// Small is the company of the demo: 3,000 orders over 60 days.
func Small() Options {
	return Options{Seed: 1, Orders: 3000, From: Day("2026-05-10"), To: Day("2026-07-08")}
}

// Living is a company for a real clock: it has sold for 56 days before now's
// day, goes on for 14 days, and all its cases lie before now. Keep the Options:
// made anew on another day they are another company.
func Living(now time.Time, orders int) Options {
	from := now.AddDate(0, 0, -56)
	return Options{Seed: 1, Orders: orders, From: from, To: now.AddDate(0, 0, 14),
		CaseDay:    caseDay(midnight(from, now.Location()), midnight(now, now.Location())),
		PresaleDay: presaleDay(midnight(from, now.Location()), midnight(now, now.Location()))}
}

// Day reads 2006-01-02. It panics on anything else: it is meant for constants.
func Day(text string) time.Time {
	at, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(fmt.Sprintf("simulate.Day(%q): want a date like 2026-06-18", text))
	}
	return at
}

// midnight is the first instant of the day that t shows, in loc.
func midnight(t time.Time, loc *time.Location) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, loc)
}

// settle fills what was left zero and refuses what makes no sense.
func (o Options) settle() (Options, *time.Location, error) {
	if o.Seed == 0 {
		o.Seed = 1
	}
	if o.Orders == 0 {
		o.Orders = 3000
	}
	if o.Orders < 0 {
		return o, nil, fmt.Errorf("simulate: %d orders: give a number above 0", o.Orders)
	}
	if o.Zone == "" {
		o.Zone = "Asia/Shanghai"
	}
	o.Keys = Keys{cmp.Or(o.Keys.Secret, AppSecret), cmp.Or(o.Keys.Token, AccessToken), cmp.Or(o.Keys.Refresh, RefreshToken)}
	loc, err := time.LoadLocation(o.Zone)
	if err != nil {
		return o, nil, fmt.Errorf("simulate: zone %q: %w (give an IANA name such as Asia/Shanghai)", o.Zone, err)
	}
	if o.From.IsZero() {
		o.From = Small().From
	}
	if o.To.IsZero() {
		o.To = Small().To
	}
	o.From, o.To = midnight(o.From, loc), midnight(o.To, loc)
	if o.To.Before(o.From.AddDate(0, 0, 13)) {
		return o, nil, fmt.Errorf("simulate: %s to %s is under 14 days: give a longer span",
			o.From.Format(time.DateOnly), o.To.Format(time.DateOnly))
	}
	if o.CaseDay.IsZero() {
		o.CaseDay = caseDay(o.From, o.To)
	}
	if o.PresaleDay.IsZero() {
		o.PresaleDay = presaleDay(o.From, o.To)
	}
	o.CaseDay, o.PresaleDay = midnight(o.CaseDay, loc), midnight(o.PresaleDay, loc)
	return o, loc, nil
}

func caseDay(from, to time.Time) time.Time {
	for day := to.AddDate(0, 0, -12); !day.Before(from.AddDate(0, 0, 2)); day = day.AddDate(0, 0, -1) {
		if day.Day() == 18 {
			return day
		}
	}
	return Day("2026-06-18")
}

func presaleDay(from, to time.Time) time.Time {
	for day := from.AddDate(0, 0, 5); !day.After(to); day = day.AddDate(0, 0, 1) {
		if day.Day() == 24 && !time.Date(day.Year(), day.Month()+1, 4, 0, 0, 0, 0, day.Location()).After(to) {
			return day
		}
	}
	return Day("2026-10-24")
}
