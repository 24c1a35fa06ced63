// Package archtest holds the house in order: its tests check that the rooms import each other one way only, and that the
// files keep what every reader counts on.
package archtest
