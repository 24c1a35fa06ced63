package pipelines

import (
	"fmt"
	"maps"
	"regexp"
	"strconv"

	"github.com/heliu-data/heliu/internal/project"
)

var fileReference = regexp.MustCompile(`\$\{file:[^{}]+\}`)

// settings hands a source's settings on with every ${file:PATH} under a name of its own, so that a connector knows one
// kind of reference only, and resolves it as late as the others.
type settings struct {
	vault *project.Vault
	files map[string]string // name -> ${file:PATH}
}

// named replaces the file references in a value of the project's file.
func (s *settings) named(value any) any {
	switch v := value.(type) {
	case string:
		return fileReference.ReplaceAllStringFunc(v, func(ref string) string {
			name := "HELIU_FILE_" + strconv.Itoa(len(s.files))
			s.files[name] = ref
			return "${" + name + "}"
		})
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = s.named(x)
		}
		return out
	case map[string]any:
		out := maps.Clone(v)
		for k, x := range v {
			out[k] = s.named(x)
		}
		return out
	}
	return value
}

// env looks a name up: a file's, or one of the environment.
func (s *settings) env(name string) (string, bool) {
	ref, ok := s.files[name]
	if !ok {
		return s.vault.Peek(name)
	}
	text, err := s.vault.Expand(ref)
	return text, err == nil
}

// hide makes the vault know the values of a source's secret settings.
func (s *settings) hide(source project.Source, secret func(name string) bool) error {
	for name, value := range source.Settings {
		if text, ok := value.(string); ok && secret(name) {
			if _, err := s.vault.Expand(text); err != nil {
				return fmt.Errorf("%s:%d: %s: %w", source.File, source.Lines[name], name, err)
			}
		}
	}
	return nil
}
