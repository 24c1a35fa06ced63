// Package connectors holds the connectors that come with Heliu, one folder a system; all folders have the same files.
package connectors

import "embed"

// FS has <system>/connector.yaml and <system>/README.md.
//
//go:embed */connector.yaml */README.md
var FS embed.FS
