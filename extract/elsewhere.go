package extract

import "fmt"

// elsewhere says why a source cannot be asked from here.
func (s *Source) elsewhere() error {
	return fmt.Errorf("source %s is read by another program (%s says so: elsewhere: true, or an allow: without extract); from here it is only built from", s.cfg.Name, s.cfg.File)
}

// hidden says of a setting of a source that another program reads that its value is not known here: a secret, or one that the
// environment of this program does not hold.
func (o *opener) hidden(n Need, v any) bool {
	return o.cfg.Elsewhere && (n.Secret || o.unset(v))
}

func (o *opener) unset(v any) bool {
	switch v := v.(type) {
	case string:
		for _, ref := range reference.FindAllStringSubmatch(v, -1) {
			if _, ok := o.deps.Env(ref[1]); !ok && ref[1] != "source" {
				return true
			}
		}
	case []any:
		for _, x := range v {
			if o.unset(x) {
				return true
			}
		}
	}
	return false
}
