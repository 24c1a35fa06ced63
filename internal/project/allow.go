package project

import (
	"slices"

	"gopkg.in/yaml.v3"
)

// What a program may do with a lake that it shares with others, as heliu.yaml names it under allow.
const (
	Extract = "extract" // read sources, take pushed events
	Build   = "build"   // build and audit models, and keep the lake's tables small
	Publish = "publish" // write to the targets
)

// May reports whether this program may do one of [Extract], [Build] and [Publish]: all of them where allow is absent.
func (p *Project) May(part string) bool { return len(p.Allow) == 0 || slices.Contains(p.Allow, part) }

// Elsewhere reports whether another program reads a source: because it says so, or because this one may not extract.
func (p *Project) Elsewhere(source string) bool {
	return !p.May(Extract) || p.Sources[source].Elsewhere
}

// allow checks what a program may do.
func (l *loader) allow(root *yaml.Node, p *Project) {
	n := keyNode(root, "allow")
	switch {
	case p.Allow == nil:
	case len(p.Allow) == 0:
		l.at(n, "allow names nothing, so this program could do nothing; name what it may do, or remove the key")
	case p.May(Publish) && !p.May(Build):
		l.at(n, "allow: publish needs build beside it: what is published is what this program has built")
	}
	for i, part := range p.Allow {
		if slices.Contains(p.Allow[:i], part) {
			l.at(itemNode(n, i), "allow names %s twice", part)
		}
	}
}
