package extract

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"sync"
)

// FileTokens keeps renewed tokens in one JSON file that only its owner may read.
type FileTokens struct {
	path string
	mu   sync.Mutex
}

// NewFileTokens keeps tokens at path; the file is made when the first is saved.
func NewFileTokens(path string) *FileTokens { return &FileTokens{path: path} }

// Load gives the kept values of a source by setting.
func (f *FileTokens) Load(source string) (map[string]string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	all, err := f.read()
	return all[source], err
}

// Save writes the file anew beside the old one, syncs it and puts it in its place.
func (f *FileTokens) Save(source string, values map[string]string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	all, err := f.read()
	if err != nil {
		return err
	}
	if all[source] == nil {
		all[source] = map[string]string{}
	}
	maps.Copy(all[source], values)
	text, err := json.MarshalIndent(all, "", " ")
	if err != nil {
		return err
	}
	if err := f.write(text); err != nil {
		return fmt.Errorf("keep the renewed token of %s: %w", source, err)
	}
	return nil
}

func (f *FileTokens) write(text []byte) (err error) {
	if err := os.MkdirAll(filepath.Dir(f.path), 0o755); err != nil {
		return err
	}
	temp, err := os.CreateTemp(filepath.Dir(f.path), ".tokens-*") // made with mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(temp.Name()))
		}
	}()
	_, err = temp.Write(text)
	if err = errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return err
	}
	return os.Rename(temp.Name(), f.path)
}

func (f *FileTokens) read() (map[string]map[string]string, error) {
	all := map[string]map[string]string{}
	text, err := os.ReadFile(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return all, nil
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, fmt.Errorf("%s: %w", f.path, err)
	}
	return all, nil
}
