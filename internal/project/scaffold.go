package project

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"text/template"
)

//go:embed all:scaffold
var scaffolds embed.FS

// Scaffold writes the files of a new project into dir: those of the scaffold "plain" or "demo", filled with values. It
// overwrites nothing; a heliu.yaml that is there already is an error. The connectors go into the schema beside it.
func Scaffold(dir, scaffold string, values map[string]string, connectors ...Connector) error {
	if _, err := os.Stat(filepath.Join(dir, FileName)); err == nil {
		return Mistakes{{File: filepath.Join(dir, FileName), Text: "there is a project here already; choose another folder"}}
	}
	schema, err := Schema(connectors...)
	if err != nil {
		return err
	}
	root := "scaffold/" + scaffold
	err = fs.WalkDir(scaffolds, root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := scaffolds.ReadFile(path)
		if err != nil {
			return err
		}
		filled, err := fill(path, text, values)
		if err != nil {
			return err
		}
		return write(filepath.Join(dir, filepath.FromSlash(strings.TrimPrefix(path, root+"/"))), filled)
	})
	if err != nil {
		return fmt.Errorf("make project in %s: %w", dir, err)
	}
	return write(filepath.Join(dir, "heliu.schema.json"), schema)
}

// fill replaces << name >>; the marks are not YAML's nor SQL's.
func fill(path string, text []byte, values map[string]string) ([]byte, error) {
	t, err := template.New(path).Delims("<<", ">>").Option("missingkey=error").Parse(string(text))
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := t.Execute(&out, values); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func write(path string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if errors.Is(err, os.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	return errors.Join(err, file.Close())
}
