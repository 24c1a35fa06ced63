// Package simulate is a deterministic company of known truth: shops, an ERP, ad
// accounts, a storefront and a folder of spreadsheets, each in the vendor's own
// wire shape, and beside them the figures that a warehouse over them must show.
//
// New makes the whole history from Options alone. Handler serves it as of an
// instant, WriteFiles writes the spreadsheets as of an instant, Events yields
// the storefront's events, and Truth gives the answers. Nothing here reads the
// clock or the network except through a value handed in.
package simulate
