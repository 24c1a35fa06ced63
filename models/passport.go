package models

// Additivity says over what a measure may be summed.
type Additivity string

// The kinds of additivity; a roll-up that breaks them is refused.
const (
	Additive     Additivity = "additive"      // over every dimension: units, money
	SemiAdditive Additivity = "semi_additive" // over every dimension but those of Passport.NotOver: stock over time
	NonAdditive  Additivity = "non_additive"  // never: ratios are computed again, distinct counts counted again
)

// Passport says what a measure means: its formula, its unit, the day it belongs to and what refunds do to it (口径).
type Passport struct {
	Name       string
	Title      Title
	Formula    string // over columns of star and mart tables and other measures
	Unit       string // "money", "pieces", "ratio", "days", …
	Day        Title  // which day a value belongs to
	Window     Title  // how far back it looks
	Refunds    Title  // what a refund does to it
	Additivity Additivity
	NotOver    []string // the dimensions that a semi-additive measure must not be summed over
	Note       Title    // what is easily misread
	File       string
	Line       int
}
