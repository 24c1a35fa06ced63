package project

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// value is a scalar that checks its own text. Says is what the JSON schema and the mistakes tell about it.
type value interface {
	set(text string) error
	says() (pattern, example string)
}

// Zone is a time zone by its IANA name.
type Zone string

func (z *Zone) set(text string) error {
	if _, err := time.LoadLocation(text); err != nil || text == "" || text == "Local" {
		return fmt.Errorf("%q is no time zone; write its IANA name, like Asia/Shanghai", text)
	}
	*z = Zone(text)
	return nil
}

func (z *Zone) says() (string, string) { return `^[A-Za-z]+(/[A-Za-z0-9_+-]+)*$`, "Asia/Shanghai" }

// Location returns the zone; the loader has checked that it exists.
func (z Zone) Location() *time.Location {
	loc, err := time.LoadLocation(string(z))
	if err != nil {
		return time.UTC
	}
	return loc
}

var currencyForm = regexp.MustCompile(`^[A-Z]{3}$`)

// Currency is an ISO 4217 code.
type Currency string

func (c *Currency) set(text string) error {
	if !currencyForm.MatchString(text) {
		return fmt.Errorf("%q is no currency; write the three capital letters of ISO 4217, like CNY", text)
	}
	*c = Currency(text)
	return nil
}

func (c *Currency) says() (string, string) { return currencyForm.String(), "CNY" }

var spanForm = regexp.MustCompile(`^(\d+) ?(days?|d|hours?|h|minutes?|m)$`)

// Span is a length of time: "30 days", "12 hours", "15 minutes".
type Span time.Duration

func (s *Span) set(text string) error {
	m := spanForm.FindStringSubmatch(text)
	if m == nil {
		return fmt.Errorf("%q is no length of time; write it like 30 days, 12 hours or 15 minutes", text)
	}
	n, err := strconv.ParseInt(m[1], 10, 32)
	if err != nil || n > 36500 {
		return fmt.Errorf("%q is too long a time; at most 36500 days", text)
	}
	unit := map[byte]time.Duration{'d': 24 * time.Hour, 'h': time.Hour, 'm': time.Minute}[m[2][0]]
	*s = Span(time.Duration(n) * unit)
	return nil
}

func (s *Span) says() (string, string) { return spanForm.String(), "30 days" }

// Duration returns the length of time.
func (s Span) Duration() time.Duration { return time.Duration(s) }

// Days returns the length of time in whole days.
func (s Span) Days() int { return int(time.Duration(s) / (24 * time.Hour)) }

var sizeForm = regexp.MustCompile(`^(\d+) ?(MB|GB)$`)

// Size is an amount of memory in bytes: "700MB", "4GB".
type Size int64

func (s *Size) set(text string) error {
	m := sizeForm.FindStringSubmatch(text)
	if m == nil {
		return fmt.Errorf("%q is no amount of memory; write it like 700MB or 4GB", text)
	}
	n, err := strconv.ParseInt(m[1], 10, 32)
	if err != nil || n == 0 {
		return fmt.Errorf("%q is no amount of memory that can be had", text)
	}
	*s = Size(n * map[string]int64{"MB": 1e6, "GB": 1e9}[m[2]])
	return nil
}

func (s *Size) says() (string, string) { return sizeForm.String(), "700MB" }

// String gives the size as DuckDB and people read it: "700MB".
func (s Size) String() string { return strconv.FormatInt(int64(s)/1e6, 10) + "MB" }

// Fraction is a share from 0 to 1.
type Fraction float64

func (f *Fraction) set(text string) error {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || !(n >= 0 && n <= 1) {
		return fmt.Errorf("%q is no share; write a number from 0 to 1, like 0.3", text)
	}
	*f = Fraction(n)
	return nil
}

func (f *Fraction) says() (string, string) { return "", "0.3" }

// Cron is when a job starts, in the five fields of cron and the project's zone.
type Cron string

func (c *Cron) set(text string) error {
	if _, err := cron.ParseStandard(text); err != nil || strings.Contains(text, "TZ=") {
		return fmt.Errorf("%q is no schedule; write minute hour day month weekday, like 0 2 * * *", text)
	}
	*c = Cron(text)
	return nil
}

func (c *Cron) says() (string, string) { return "", "0 2 * * *" }

// Day is a calendar day, "2026-06-18"; "" is none.
type Day string

func (d *Day) set(text string) error {
	if _, err := time.Parse(time.DateOnly, text); err != nil {
		return fmt.Errorf("%q is no day; write it like 2026-06-18", text)
	}
	*d = Day(text)
	return nil
}

func (d *Day) says() (string, string) { return `^\d{4}-\d{2}-\d{2}$`, "2026-06-18" }
