package lake

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"math"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/delta"
	"github.com/parquet-go/parquet-go/encoding/rle"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// endPage encodes the open page.
func (c *chunk) endPage(s *scratch) error {
	rows := len(c.levels)
	if rows == 0 {
		return nil
	}
	if c.count == 0 && len(c.indexes) > 0 && c.words.len()*10 > len(c.indexes)*7 {
		c.forgetWords()
	}
	levels, err := c.encodeLevels()
	if err != nil {
		return err
	}
	body, encoding, err := c.encode(s)
	if err != nil {
		return err
	}
	stored, compressed := body, false
	if !c.hashes && len(body) >= 64 && c.useless < 3 {
		packed := s.pack(body)
		if compressed = len(packed)*10 < len(body)*9; compressed {
			stored, c.useless = packed, 0
		} else {
			c.useless++
		}
	}
	crc := crc32.Update(crc32.ChecksumIEEE(levels), crc32.IEEETable, stored)
	head := format.PageHeader{Type: format.DataPageV2, UncompressedPageSize: int32(len(levels) + len(body)),
		CompressedPageSize: int32(len(levels) + len(stored)), CRC: int32(crc),
		DataPageHeaderV2: thrift.New(format.DataPageHeaderV2{NumValues: int32(rows), NumNulls: int32(c.nulls), NumRows: int32(rows), Encoding: encoding,
			DefinitionLevelsByteLength: int32(len(levels)), IsCompressed: thrift.New(compressed), Statistics: format.Statistics{NullCount: int64(c.nulls)}})}
	header, err := s.head(&head)
	if err != nil {
		return err
	}
	c.pages = append(append(append(c.pages, header...), levels...), stored...)
	c.raw += int64(len(header) + len(levels) + len(body))
	c.count++
	c.encodings |= 1<<encoding | 1<<format.RLE
	c.meta.rows, c.meta.nulls = c.meta.rows+int64(rows), c.meta.nulls+int64(c.nulls)
	c.bounds()
	c.empty()
	return nil
}

// encodeLevels says which rows of the page are null.
func (c *chunk) encodeLevels() ([]byte, error) {
	if c.nulls == 0 || c.nulls == len(c.levels) { // one run
		return append(binary.AppendUvarint(nil, uint64(len(c.levels))<<1), c.levels[0]), nil
	}
	return (&rle.Encoding{BitWidth: 1}).EncodeLevels(nil, c.levels)
}

// encode gives the page's values; they are valid until the next page.
func (c *chunk) encode(s *scratch) (body []byte, encoding format.Encoding, err error) {
	dst := s.encoded[:0]
	switch {
	case len(c.indexes) > 0:
		c.indexed++
		encoding = format.RLEDictionary
		dst, err = new(rle.DictionaryEncoding).EncodeInt32(dst, c.indexes)
	case len(c.levels) == c.nulls:
	case c.kind == parquet.ByteArray || c.kind == parquet.FixedLenByteArray:
		return c.text, format.Plain, nil
	case c.kind == parquet.Boolean:
		for i, v := range c.longs {
			if i%8 == 0 {
				dst = append(dst, 0)
			}
			dst[len(dst)-1] |= byte(v) << (i % 8)
		}
	case c.kind == parquet.Int64 && !c.hashes:
		encoding = format.DeltaBinaryPacked
		dst, err = new(delta.BinaryPackedEncoding).EncodeInt64(dst, c.longs)
	case c.kind == parquet.Int32:
		s.narrow = s.narrow[:0]
		for _, v := range c.longs {
			s.narrow = append(s.narrow, int32(v))
		}
		encoding = format.DeltaBinaryPacked
		dst, err = new(delta.BinaryPackedEncoding).EncodeInt32(dst, s.narrow)
	case c.kind == parquet.Float:
		for _, v := range c.longs {
			dst = binary.LittleEndian.AppendUint32(dst, uint32(v))
		}
	default:
		for _, v := range c.longs {
			dst = binary.LittleEndian.AppendUint64(dst, uint64(v))
		}
	}
	s.encoded = dst
	return dst, encoding, err
}

// bounds widens the least and the greatest value by those of the page. Texts have none: ids and titles prune nothing.
func (c *chunk) bounds() {
	if c.kind == parquet.Float || c.kind == parquet.Double {
		for _, v := range c.longs {
			if x := c.float(v); !math.IsNaN(x) {
				c.bound(v, x < c.float(c.meta.low), x > c.float(c.meta.high))
			}
		}
		return
	}
	for _, v := range c.longs {
		c.bound(v, v < c.meta.low, v > c.meta.high)
	}
}

func (c *chunk) bound(v int64, below, above bool) {
	if below || !c.meta.bounded {
		c.meta.low = v
	}
	if above || !c.meta.bounded {
		c.meta.high = v
	}
	c.meta.bounded = true
}

func (c *chunk) float(bits int64) float64 {
	if c.kind == parquet.Float {
		return float64(math.Float32frombits(uint32(bits)))
	}
	return math.Float64frombits(uint64(bits))
}

// statistics are those of the whole chunk. A zero bound of floats stands for both zeros, as Parquet asks.
func (c *chunk) statistics() format.Statistics {
	out := format.Statistics{NullCount: c.meta.nulls}
	if !c.meta.bounded {
		return out
	}
	low, high := c.meta.low, c.meta.high
	if c.kind == parquet.Float || c.kind == parquet.Double {
		if c.float(low) == 0 {
			low = -1 << 63
			if c.kind == parquet.Float {
				low = 1 << 31
			}
		}
		if c.float(high) == 0 {
			high = 0
		}
	}
	n := map[parquet.Kind]int{parquet.Boolean: 1, parquet.Int32: 4, parquet.Float: 4, parquet.Int64: 8, parquet.Double: 8}[c.kind]
	out.MinValue = binary.LittleEndian.AppendUint64(nil, uint64(low))[:n]
	out.MaxValue = binary.LittleEndian.AppendUint64(nil, uint64(high))[:n]
	return out
}

// writeTo ends the chunk: its dictionary and its pages go to w, which is at offset.
func (c *chunk) writeTo(w io.Writer, offset int64, s *scratch) (format.ColumnChunk, error) {
	out := format.ColumnChunk{MetaData: format.ColumnMetaData{Type: format.Type(c.kind), PathInSchema: []string{c.name}, Codec: format.Zstd,
		NumValues: c.meta.rows, DataPageOffset: offset, Statistics: c.statistics()}}
	m := &out.MetaData
	if c.indexed > 0 {
		packed := s.pack(c.words.plain)
		head, err := s.head(&format.PageHeader{Type: format.DictionaryPage, UncompressedPageSize: int32(len(c.words.plain)), CompressedPageSize: int32(len(packed)),
			CRC:                  int32(crc32.ChecksumIEEE(packed)),
			DictionaryPageHeader: thrift.New(format.DictionaryPageHeader{NumValues: int32(c.words.len()), Encoding: format.Plain})})
		if err != nil {
			return out, err
		}
		if err := errors.Join(writeAll(w, head), writeAll(w, packed)); err != nil {
			return out, err
		}
		m.DictionaryPageOffset, m.DataPageOffset = offset, offset+int64(len(head)+len(packed))
		c.raw += int64(len(head) + len(c.words.plain))
		c.encodings |= 1 << format.Plain
	}
	if c.hashes {
		m.Codec = format.Uncompressed
	}
	for e := range format.Encoding(32) {
		if c.encodings&(1<<e) != 0 {
			m.Encoding = append(m.Encoding, e)
		}
	}
	m.TotalUncompressedSize, m.TotalCompressedSize = c.raw, m.DataPageOffset-offset+int64(len(c.pages))
	return out, writeAll(w, c.pages)
}

func writeAll(w io.Writer, p []byte) error {
	_, err := w.Write(p)
	return err
}
