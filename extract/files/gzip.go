package files

import (
	"compress/gzip"
	"fmt"
	"io"
	"os"
)

// gunzip puts the inflated content of a gzip file in its place, with a survey of its own; the SHA-256 stays that of
// the file as it was found. A truncated or altered file fails by gzip's own check sum.
func gunzip(c *copied) error {
	packed, err := gzip.NewReader(c.File)
	if err != nil {
		return fmt.Errorf("it is no gzip file: %w", err)
	}
	temp, err := os.CreateTemp("", "heliu-*.part")
	if err != nil {
		return err
	}
	look := &survey{quick: true}
	_, err = io.Copy(io.MultiWriter(temp, look), packed)
	if err == nil {
		_, err = temp.Seek(0, io.SeekStart)
	}
	if err == nil {
		err = c.Close()
	}
	if err != nil {
		_ = temp.Close()
		_ = os.Remove(temp.Name())
		return fmt.Errorf("the gzip file is damaged: %w", err)
	}
	c.File, c.survey, c.remove = temp, look, true
	return nil
}
