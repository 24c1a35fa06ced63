package files

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
)

// countSheetRows counts the rows of a sheet that have a value in some cell. It reads the ZIP parts and their XML to
// the end, so that a part that is cut off or altered is an error; excelize takes it for the end of the sheet.
func countSheetRows(file, sheet string) (int64, error) {
	z, err := zip.OpenReader(file)
	if err != nil {
		return 0, err
	}
	n, err := countIn(&z.Reader, sheet)
	return n, errors.Join(err, z.Close())
}

func countIn(z *zip.Reader, sheet string) (int64, error) {
	var book struct {
		Sheets []struct {
			Name string `xml:"name,attr"`
			ID   string `xml:"http://schemas.openxmlformats.org/officeDocument/2006/relationships id,attr"`
		} `xml:"sheets>sheet"`
	}
	var relations struct {
		Relations []struct {
			ID     string `xml:"Id,attr"`
			Target string `xml:"Target,attr"`
		} `xml:"Relationship"`
	}
	if err := part(z, "xl/workbook.xml", func(r io.Reader) error { return xml.NewDecoder(r).Decode(&book) }); err != nil {
		return 0, err
	}
	if err := part(z, "xl/_rels/workbook.xml.rels", func(r io.Reader) error { return xml.NewDecoder(r).Decode(&relations) }); err != nil {
		return 0, err
	}
	empty := map[string]bool{}
	const shared = "xl/sharedStrings.xml"
	if slices.ContainsFunc(z.File, func(f *zip.File) bool { return f.Name == shared }) {
		if err := part(z, shared, func(r io.Reader) error { return emptyStrings(r, empty) }); err != nil {
			return 0, err
		}
	}
	for _, s := range book.Sheets {
		for _, r := range relations.Relations {
			if s.Name != sheet || r.ID != s.ID {
				continue
			}
			name := path.Join("xl", r.Target)
			if strings.HasPrefix(r.Target, "/") {
				name = r.Target[1:]
			}
			var n int64
			err := part(z, name, func(r io.Reader) (err error) {
				n, err = countRows(r, empty)
				return err
			})
			return n, err
		}
	}
	return 0, fmt.Errorf("the sheet %q is not in the workbook's list", sheet)
}

func part(z *zip.Reader, name string, read func(io.Reader) error) error {
	r, err := z.Open(name)
	if err != nil {
		return err
	}
	err = read(r)
	if err == nil {
		_, err = io.Copy(io.Discard, r) // to the end, where the check sum is
	}
	if err = errors.Join(err, r.Close()); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// emptyStrings notes the numbers of the shared texts that are empty: a cell that holds one is blank.
func emptyStrings(r io.Reader, empty map[string]bool) error {
	d := xml.NewDecoder(r)
	n, text, filled := 0, false, false
	for {
		t, err := d.RawToken()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		switch t := t.(type) {
		case xml.StartElement:
			text = t.Name.Local == "t"
			filled = filled && t.Name.Local != "si"
		case xml.CharData:
			filled = filled || text && len(t) > 0
		case xml.EndElement:
			text = false
			if t.Name.Local == "si" {
				if !filled {
					empty[strconv.Itoa(n)] = true
				}
				n++
			}
		}
	}
}

// countRows counts the rows in which some cell has a value.
func countRows(r io.Reader, empty map[string]bool) (int64, error) {
	d := xml.NewDecoder(r)
	var n int64
	value, filled, shared := false, false, false
	for {
		t, err := d.RawToken()
		if err == io.EOF {
			return n, nil
		}
		if err != nil {
			return 0, err
		}
		switch t := t.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "row":
				filled = false
			case "c":
				shared = slices.ContainsFunc(t.Attr, func(a xml.Attr) bool { return a.Name.Local == "t" && a.Value == "s" })
			case "v", "t":
				value = true
			}
		case xml.CharData:
			filled = filled || value && len(t) > 0 && !(shared && empty[string(t)])
		case xml.EndElement:
			switch t.Name.Local {
			case "row":
				if filled {
					n++
				}
			case "v", "t":
				value = false
			}
		}
	}
}
