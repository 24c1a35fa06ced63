package files

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/bits"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/rle"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
	"github.com/pierrec/lz4/v4"
)

// span is a part of a file, in bytes.
type span struct{ from, to int64 }

// checkPages holds the header of every page against the footer: neither bears a check sum, but they say the same twice.
// Without it a damaged size would ask for any memory, and a damaged number of values shift the values of a column.
// It returns where the content of the pages stands, which has check sums where the writer made any.
func checkPages(file io.ReaderAt, size int64, f *parquet.File) ([]span, error) {
	var content []span
	columns := f.Schema().Columns()
	for g, group := range f.Metadata().RowGroups {
		for i := range group.Columns {
			if i >= len(columns) {
				return nil, fmt.Errorf("row group %d has %d columns, the file %d", g+1, len(group.Columns), len(columns))
			}
			leaf, _ := f.Schema().Lookup(columns[i]...)
			spans, err := checkChunk(file, size, &group.Columns[i].MetaData, leaf, group.NumRows)
			if err != nil {
				return nil, fmt.Errorf("row group %d, column %d: %w", g+1, i+1, err)
			}
			content = append(content, spans...)
		}
	}
	return content, nil
}

func checkChunk(file io.ReaderAt, size int64, c *format.ColumnMetaData, leaf parquet.LeafColumn, rows int64) ([]span, error) {
	if leaf.MaxRepetitionLevel == 0 && c.NumValues != rows {
		return nil, fmt.Errorf("%d values in %d rows", c.NumValues, rows)
	}
	at := c.DataPageOffset
	if d := c.DictionaryPageOffset; d > 0 && d < at {
		at = d
	}
	end := at + c.TotalCompressedSize
	if at < 4 || end < at || end > size {
		return nil, errors.New("its pages are not within the file")
	}
	var content []span
	buffer := bufio.NewReader(nil)
	for values := int64(0); values < c.NumValues; {
		section := io.NewSectionReader(file, at, end-at)
		buffer.Reset(section)
		var h format.PageHeader
		if err := thrift.NewDecoder(new(thrift.CompactProtocol).NewReader(buffer)).Decode(&h); err != nil {
			return nil, fmt.Errorf("a page's header: %w", err)
		}
		read, err := section.Seek(0, io.SeekCurrent)
		if err != nil {
			return nil, err
		}
		at += read - int64(buffer.Buffered())
		next := at + int64(h.CompressedPageSize)
		if h.CompressedPageSize < 0 || next > end || h.UncompressedPageSize < 0 || int64(h.UncompressedPageSize) > c.TotalUncompressedSize {
			return nil, errors.New("a page is larger than its column")
		}
		if c.Codec == format.Lz4Raw {
			if err := checkLZ4(file, at, &h); err != nil {
				return nil, err
			}
		}
		n, err := pageValues(&h, leaf)
		if err == nil && n >= 0 && h.Type == format.DataPageV2 && leaf.MaxDefinitionLevel > 0 {
			err = checkNulls(file, at, &h, leaf.MaxDefinitionLevel)
		}
		if err != nil {
			return nil, err
		}
		if values += n; n < 0 || values > c.NumValues {
			return nil, fmt.Errorf("its pages have %d values, the footer says %d", values, c.NumValues)
		}
		content, at = append(content, span{at, next}), next
	}
	return content, nil
}

// pageValues is the number of values of a page, nulls among them; none for a page that has no rows.
func pageValues(h *format.PageHeader, leaf parquet.LeafColumn) (int64, error) {
	switch h.Type {
	case format.DataPage:
		if !h.DataPageHeader.Valid {
			return 0, errors.New("a page lacks its header")
		}
		return int64(h.DataPageHeader.V.NumValues), nil
	case format.DataPageV2:
		v := h.DataPageHeaderV2.V
		switch {
		case !h.DataPageHeaderV2.Valid:
			return 0, errors.New("a page lacks its header")
		case leaf.MaxDefinitionLevel == 0 && (v.NumNulls != 0 || v.DefinitionLevelsByteLength != 0), leaf.MaxRepetitionLevel == 0 && (v.RepetitionLevelsByteLength != 0 || v.NumRows != v.NumValues):
			return 0, errors.New("a page's header is not that of its column")
		}
		return int64(v.NumValues), nil
	case format.DictionaryPage, format.IndexPage:
		return 0, nil
	}
	return 0, fmt.Errorf("a page of an unknown kind %d", h.Type)
}

// checkLZ4 unpacks a page: the library's reader takes ever more memory for one that is damaged, or packed otherwise than the
// footer says.
func checkLZ4(file io.ReaderAt, at int64, h *format.PageHeader) error {
	packed := make([]byte, h.CompressedPageSize)
	if _, err := file.ReadAt(packed, at); err != nil {
		return err
	}
	size := int(h.UncompressedPageSize)
	if v := h.DataPageHeaderV2; v.Valid {
		levels := int(v.V.DefinitionLevelsByteLength) + int(v.V.RepetitionLevelsByteLength)
		if levels < 0 || levels > len(packed) || levels > size {
			return errors.New("a page is smaller than its levels")
		}
		if packed, size = packed[levels:], size-levels; v.V.IsCompressed.Valid && !v.V.IsCompressed.V {
			return nil
		}
	}
	if len(packed) == 0 && size == 0 {
		return nil
	}
	if n, err := lz4.UncompressBlock(packed, make([]byte, size)); err != nil || n != size {
		return errors.New("a page cannot be unpacked")
	}
	return nil
}

// checkNulls counts the nulls of a page by its levels: the reader takes the header's number for how many values follow.
func checkNulls(file io.ReaderAt, at int64, h *format.PageHeader, most int) error {
	v := h.DataPageHeaderV2.V
	if v.RepetitionLevelsByteLength < 0 || v.DefinitionLevelsByteLength < 0 || int64(v.RepetitionLevelsByteLength)+int64(v.DefinitionLevelsByteLength) > int64(h.CompressedPageSize) {
		return errors.New("a page is smaller than its levels")
	}
	packed := make([]byte, v.DefinitionLevelsByteLength)
	if _, err := file.ReadAt(packed, at+int64(v.RepetitionLevelsByteLength)); err != nil {
		return err
	}
	levels, err := (&rle.Encoding{BitWidth: bits.Len(uint(most))}).DecodeLevels(nil, packed)
	if err != nil || len(levels) < int(v.NumValues) {
		return errors.New("a page has fewer levels than values")
	}
	nulls := v.NumValues - int32(bytes.Count(levels[:v.NumValues], []byte{byte(most)}))
	if nulls != v.NumNulls {
		return fmt.Errorf("a page has %d nulls, its header says %d", nulls, v.NumNulls)
	}
	return nil
}
