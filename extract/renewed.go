package extract

import (
	"crypto/sha256"
	"encoding/hex"
)

// renewed puts tokens that an earlier run renewed in the place of the configured ones that they followed. A value that
// was configured since is newer than any kept one.
func (o *opener) renewed() {
	if o.deps.Tokens == nil {
		return
	}
	kept, err := o.deps.Tokens.Load(o.cfg.Name)
	if err != nil {
		o.add("the renewed tokens cannot be read: %v", err)
	}
	o.marks = map[string]string{}
	for _, n := range o.con.Needs {
		if !n.Secret {
			continue
		}
		o.marks[n.Name] = tokenMark(settingText(o.settings[n.Name]))
		if v, ok := kept[n.Name]; ok && kept[followed(n.Name)] == o.marks[n.Name] {
			o.settings[n.Name] = v
			o.secrets = append(o.secrets, v)
		}
	}
}

// followed names the entry that says which configured value a renewed one follows.
func followed(setting string) string { return setting + " follows" }

// tokenMark tells configured values apart without keeping them.
func tokenMark(configured string) string {
	sum := sha256.Sum256([]byte(configured))
	return hex.EncodeToString(sum[:8])
}

// keep takes a secret that the system renewed.
func (s *Source) keep(setting, value string) error {
	s.redact.Add(value)
	if s.deps.Tokens == nil {
		return nil
	}
	return s.deps.Tokens.Save(s.cfg.Name, map[string]string{setting: value, followed(setting): s.marks[setting]})
}
